// HTTP/1.1 onto the wire (RFC 9112). Messages are always written anew from their fields, never
// passed through, and what could be read as more than was meant is refused: a name that is no
// token, a value with CR, LF, NUL or another control, two statements of the framing. Pure; a
// refusal leaves `out` as it was.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// Removes Content-Length and Transfer-Encoding and states the framing given. kNone and kUntilClose
// state nothing: a response to HEAD keeps its Content-Length by not being passed here.
void set_framing(Fields& fields, Framing framing, std::uint64_t content_length);

// Always HTTP/1.1. kInvalid when a part could not be written safely.
Result<void> encode_request_head(std::string& out, std::string_view method, std::string_view target,
                                 const Fields& fields);
Result<void> encode_response_head(std::string& out, int status, std::string_view reason,
                                  const Fields& fields);

// The line before a chunk's data; kChunkEnd follows the data. A size of 0 writes nothing, since it
// would end the content.
void encode_chunk_line(std::string& out, std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
// The three together, for small pieces.
void encode_chunk(std::string& out, std::string_view data);
Result<void> encode_last_chunk(std::string& out, const Fields& trailers);

// The reason phrase of RFC 9110 §15 for a status, or "Unknown".
std::string_view reason_phrase(int status);

}  // namespace sallyport::http
