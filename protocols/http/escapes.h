// Percent-escapes of one component of a URI in their one spelling (RFC 3986 §6.2.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::http {

enum class Component { kPath, kQuery };

struct Canonical {
  std::string text;
  bool raw_backslash = false;        // "\" stood there as itself
  bool escaped_dot_segment = false;  // "." or ".." was spelt with an escape (kPath)
};

// Escapes of unreserved characters decoded, the others in upper case; characters that may not stand
// in a URI, but that clients send, escaped. Nothing: a NUL, a malformed escape, a control, space,
// "#" or non-ASCII byte.
std::optional<Canonical> canonical_escapes(std::string_view text, Component component);

// Each escape replaced by its byte; what is no escape stays. `plus_is_space`: as in forms.
std::string decode_percent(std::string_view text, bool plus_is_space);

enum class Utf8 { kValid, kOverlong, kInvalid };
// The worst that is found (RFC 3629 §3).
Utf8 check_utf8(std::string_view bytes);

}  // namespace sallyport::http
