// Classes of bytes in HTTP/1.1 and URIs, as one table (RFC 9110 §5.6.2, RFC 3986 §2). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sallyport::http {

enum ByteClass : std::uint8_t {
  kToken = 1 << 0,       // tchar
  kValue = 1 << 1,       // field values and reason phrases: HTAB, SP, VCHAR, obs-text
  kUnreserved = 1 << 2,  // RFC 3986 §2.3
  kUri = 1 << 3,         // may stand in a URI as itself: unreserved, gen-delims, sub-delims, "%"
  kDigit = 1 << 4,
  kHex = 1 << 5,
  kAlpha = 1 << 6,
};

constexpr bool contains(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    const char c = static_cast<char>(i);
    const bool digit = i >= '0' && i <= '9';
    const bool alpha = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
    const bool hex = digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F');
    unsigned bits = 0;
    if (digit || alpha || (i != 0 && contains("!#$%&'*+-.^_`|~", c))) bits |= kToken;
    if (i == '\t' || (i >= 0x20 && i != 0x7f)) bits |= kValue;
    if (digit || alpha || (i != 0 && contains("-._~", c))) bits |= kUnreserved;
    if (digit || alpha || (i != 0 && contains("-._~:/?#[]@!$&'()*+,;=%", c))) bits |= kUri;
    if (digit) bits |= kDigit;
    if (hex) bits |= kHex;
    if (alpha) bits |= kAlpha;
    table[i] = static_cast<std::uint8_t>(bits);
  }
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kByteClasses = make_byte_classes();

constexpr bool is(char c, ByteClass wanted) {
  return (kByteClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

// True when each byte is of the class; an empty text is.
constexpr bool all(std::string_view text, ByteClass wanted) {
  for (char c : text) {
    if (!is(c, wanted)) return false;
  }
  return true;
}

constexpr bool is_token(std::string_view text) { return !text.empty() && all(text, kToken); }

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The value of a hexadecimal digit; only for bytes of class kHex.
constexpr unsigned hex_value(char c) {
  return is(c, kDigit) ? static_cast<unsigned>(c - '0')
                       : static_cast<unsigned>(to_lower(c) - 'a') + 10;
}

// Without spaces and tabs around it: OWS of RFC 9110 §5.6.3, and no other white space.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace sallyport::http
