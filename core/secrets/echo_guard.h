// The secret-echo guard: a masking that knows the values the broker puts into requests, so that
// none of them comes back to an agent or enters the record. Every occurrence is overwritten by `*`,
// byte for byte, so that lengths stay true: of the value as it is, with any of its characters
// escaped as URLs, JSON, JavaScript or HTML do (`escape_unit.h`), in hex, and in base64 or
// base64url, also inside a longer encoded text or wrapped over lines. A value of several lines,
// such as a private key, is guarded line by line as well. All formats are read alike. What the
// masking keeps of the values is overwritten when it goes away. Pure.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/masking.h"

namespace sallyport::secrets {

// Null when none of the values can be guarded: is_guarded() says which can.
std::shared_ptr<const Masking> make_echo_guard(std::span<const std::string_view> secrets);
std::shared_ptr<const Masking> make_echo_guard(std::string_view secret);

// False for a value so short that it would be found everywhere.
bool is_guarded(std::string_view secret);

}  // namespace sallyport::secrets
