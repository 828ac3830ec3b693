// Host and the authority of a URL (RFC 3986 §3.2, RFC 9110 §7.2), narrower than the grammar: no
// user information, no escapes, no empty host or port. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::http {

struct Authority {
  std::string host;  // lower case; an IPv6 address without brackets
  std::optional<std::uint16_t> port;
};

// "name", "name:port", "192.0.2.1", "[2001:db8::1]:8080"; nothing for anything else.
std::optional<Authority> parse_authority(std::string_view text);

// Whether two authorities mean the same origin under `scheme` ("http" or "https"): without case,
// and with its default port written or not.
bool same_authority(std::string_view a, std::string_view b, std::string_view scheme);

// "http://authority/path?query" taken apart. The parts view the input; only http and https are
// known, and the authority is one that parse_authority() takes.
struct AbsoluteForm {
  std::string_view scheme;  // "http" or "https"
  std::string_view authority;
  std::string_view rest;  // from the path on; may be empty
};
std::optional<AbsoluteForm> parse_absolute_form(std::string_view target);

}  // namespace sallyport::http
