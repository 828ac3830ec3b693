// Content of a message on its way, whatever framed it. Pure.
#pragma once

#include <string_view>

#include "core/result.h"
#include "protocols/http/buffer.h"
#include "protocols/http/decoder.h"

namespace sallyport::http {

// A piece of content. The bytes stay put until the next call on the side they came from.
struct Content {
  std::string_view bytes;
  bool end = false;  // nothing follows but trailers
};

// All content that has arrived in `buffer`, in one piece: the data of several chunks is moved
// together in place, so that many small chunks do not become many small writes.
Result<Content> take_content(BodyDecoder& decoder, ByteBuffer& buffer);

}  // namespace sallyport::http
