// The line before each chunk (RFC 9112 §7.1): its size, and extensions that are checked and
// dropped. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::http {

struct ChunkLine {
  std::uint64_t size = 0;
  std::size_t extension_bytes = 0;
};

// `line` is without its CRLF. Nothing: malformed. White space is allowed nowhere but in a quoted
// value: readers differ on it (RFC 9112 §7.1.1 lets us refuse).
std::optional<ChunkLine> parse_chunk_line(std::string_view line);

}  // namespace sallyport::http
