// SHA-256, for naming tokens without keeping them and for key thumbprints.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::identity {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string to_hex(const Sha256& digest);
std::string to_base64url(const Sha256& digest);

}  // namespace sallyport::identity
