#include "protocols/http/chunk_line.h"

#include "protocols/http/characters.h"
#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

// Past the token at `at`; the same place when there is none.
std::size_t skip_token(std::string_view text, std::size_t at) {
  while (at < text.size() && is(text[at], kToken)) ++at;
  return at;
}

// Past the quoted string that begins at `at` (RFC 9110 §5.6.4), or nothing when it is not closed.
std::optional<std::size_t> skip_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (!is(text[at], kValue)) return std::nullopt;
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') {
      ++at;
      if (at == text.size() || !is(text[at], kValue)) return std::nullopt;
    }
  }
  return std::nullopt;
}

// *( ";" name [ "=" ( token / quoted-string ) ] )
bool is_extensions(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != ';') return false;
    const std::size_t name = at + 1;
    at = skip_token(text, name);
    if (at == name) return false;
    if (at == text.size() || text[at] != '=') continue;
    const std::size_t value = at + 1;
    if (value < text.size() && text[value] == '"') {
      const std::optional<std::size_t> end = skip_quoted(text, value);
      if (!end) return false;
      at = *end;
    } else {
      at = skip_token(text, value);
      if (at == value) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<ChunkLine> parse_chunk_line(std::string_view line) {
  ChunkLine parsed;
  std::size_t digits = 0;
  while (digits < line.size() && is(line[digits], kHex)) {
    if (digits == kChunkSizeDigits) return std::nullopt;
    parsed.size = parsed.size * 16 + hex_value(line[digits]);
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  const std::string_view extensions = line.substr(digits);
  if (!is_extensions(extensions)) return std::nullopt;
  parsed.extension_bytes = extensions.size();
  return parsed;
}

}  // namespace sallyport::http
