// Field lines of heads and trailers (RFC 9112 §5), one reader for both. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "protocols/http/decoder.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// Reads one line, without its CRLF, into `fields`. Refuses obs-fold, white space before the colon,
// empty names, and any control character in the value.
std::optional<WireError> read_field_line(std::string_view line, Fields& fields);

// Lines that each end in CRLF.
std::optional<WireError> read_field_lines(std::string_view block, Fields& fields,
                                          std::size_t limit);

}  // namespace sallyport::http
