// The URLs that the broker asks an identity provider at. Pure.
#pragma once

#include <string_view>

#include "core/result.h"

namespace sallyport::config {

// https, or http to this machine only: over a network anybody on the way could put keys in. No user
// name or password, ASCII without spaces. The error says what it must be.
Result<void> check_provider_url(std::string_view url);

// http to a loopback address or to "localhost".
bool is_loopback_http(std::string_view url);

}  // namespace sallyport::config
