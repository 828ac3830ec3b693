#include "protocols/http/escapes.h"

#include <cstdint>

#include "protocols/http/characters.h"

namespace sallyport::http {
namespace {

// The byte that the escape at `at` stands for, or nothing when it is none.
std::optional<unsigned char> escape_at(std::string_view text, std::size_t at) {
  if (text.size() - at < 3 || text[at] != '%' || !is(text[at + 1], kHex) ||
      !is(text[at + 2], kHex)) {
    return std::nullopt;
  }
  return static_cast<unsigned char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.push_back('%');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

// "[" and "]" are common in queries and rare in paths, where RFC 3986 §3.3 has no place for them.
bool stands_as_itself(char c, Component component) {
  if (component == Component::kPath && (c == '[' || c == ']')) return false;
  return is(c, kUri);
}

}  // namespace

std::optional<Canonical> canonical_escapes(std::string_view text, Component component) {
  Canonical out;
  out.text.reserve(text.size());
  std::size_t segment = 0;  // where the current one begins in out.text
  bool dot_decoded = false;
  const auto end_segment = [&] {
    const std::string_view last = std::string_view(out.text).substr(segment);
    if (dot_decoded && (last == "." || last == "..")) out.escaped_dot_segment = true;
    dot_decoded = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const std::optional<unsigned char> byte = escape_at(text, i);
      if (!byte || *byte == 0) return std::nullopt;
      const char decoded = static_cast<char>(*byte);
      if (is(decoded, kUnreserved)) {
        out.text.push_back(decoded);
        dot_decoded = dot_decoded || decoded == '.';
      } else {
        append_escape(out.text, *byte);
      }
      i += 2;
      continue;
    }
    if (c <= 0x20 || c >= 0x7f || c == '#') return std::nullopt;
    if (c == '\\') out.raw_backslash = true;
    if (!stands_as_itself(c, component)) {
      append_escape(out.text, static_cast<unsigned char>(c));
      continue;
    }
    if (c == '/' && component == Component::kPath) {
      end_segment();
      segment = out.text.size() + 1;
    }
    out.text.push_back(c);
  }
  if (component == Component::kPath) end_segment();
  return out;
}

std::string decode_percent(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::optional<unsigned char> byte = escape_at(text, i)) {
      out.push_back(static_cast<char>(*byte));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

Utf8 check_utf8(std::string_view bytes) {
  Utf8 worst = Utf8::kValid;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) : 0U;
    };
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const unsigned next = byte(i + 1);
    if (lead == 0xc0 || lead == 0xc1 || (lead == 0xe0 && next >= 0x80 && next < 0xa0) ||
        (lead == 0xf0 && next >= 0x80 && next < 0x90)) {
      return Utf8::kOverlong;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool valid = lead >= 0xc2 && lead <= 0xf4;
    for (std::size_t k = 1; k < length; ++k) valid = valid && (byte(i + k) & 0xc0) == 0x80;
    // Surrogates, and beyond U+10FFFF.
    if ((lead == 0xed && next >= 0xa0) || (lead == 0xf4 && next >= 0x90)) valid = false;
    if (!valid) worst = Utf8::kInvalid;
    i += valid ? length : 1;
  }
  return worst;
}

}  // namespace sallyport::http
