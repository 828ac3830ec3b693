#include "protocols/http/content.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "protocols/http/record_head.h"

namespace sallyport::http {
namespace {

void put(ByteBuffer& buffer, std::string_view bytes) {
  REQUIRE(buffer.reserve(kSmallBuffer));
  const std::span<std::byte> room = buffer.room();
  REQUIRE(room.size() >= bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  buffer.filled(bytes.size());
}

}  // namespace

TEST_CASE("chunks that have arrived come as one piece, for every way they arrive") {
  const std::string wire = "3\r\nabc\r\n1\r\nd\r\na;x=1\r\n0123456789\r\n0\r\nX: 1\r\n\r\nNEXT";
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    BufferCache cache;
    ByteBuffer buffer(cache);
    BodyDecoder decoder(Framing::kChunked, 0);
    std::string content;
    bool end = false;
    for (std::size_t at = 0; at < wire.size(); at += step) {
      put(buffer, std::string_view(wire).substr(at, step));
      if (end) continue;
      Result<Content> piece = take_content(decoder, buffer);
      REQUIRE(piece.ok());
      content.append(piece->bytes);
      end = piece->end;
    }
    CHECK(content == "abcd0123456789");
    CHECK(end);
    CHECK(buffer.view() == "NEXT");
  }
}

TEST_CASE("broken framing is an error, after which nothing is passed on") {
  BufferCache cache;
  ByteBuffer buffer(cache);
  BodyDecoder decoder(Framing::kChunked, 0);
  put(buffer, "3\r\nabc\r\nzz\r\n");
  Result<Content> piece = take_content(decoder, buffer);
  REQUIRE_FALSE(piece.ok());
  CHECK(piece.error().code == ErrorCode::kMalformed);
}

TEST_CASE("a buffer grows with its unread bytes, to its largest size and not beyond") {
  BufferCache cache;
  ByteBuffer buffer(cache);
  put(buffer, "xxkept");
  buffer.consume(2);
  CHECK(buffer.reserve(kMediumBuffer));
  CHECK(buffer.view() == "kept");
  CHECK(buffer.reserve(kLargeBuffer));
  CHECK(buffer.capacity() == kLargeBuffer);
  CHECK(buffer.view() == "kept");
  CHECK_FALSE(buffer.reserve(kLargeBuffer + 1));
  buffer.filled(buffer.room().size());
  CHECK(buffer.room().empty());
  buffer.consume(1);
  CHECK(buffer.room().size() == 1);
  buffer.release();
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("a block given back is the next one taken") {
  BufferCache cache;
  Block block = cache.take(0);
  const std::byte* where = block.get();
  cache.give_back(0, std::move(block));
  CHECK(cache.take(0).get() == where);
}

TEST_CASE("recorded heads hold no credential of either side") {
  RequestHead request;
  request.fields.add("Authorization", "Bearer SECRET");
  request.fields.add("Cookie", "s=SECRET");
  request.fields.add("X-Team", "a");
  CHECK(request_record("GET /x?q=1", request) ==
        "GET /x?q=1 HTTP/1.1\r\nAuthorization: [redacted]\r\nCookie: [redacted]\r\nX-Team: "
        "a\r\n\r\n");
  ResponseHead response;
  response.status = 200;
  response.reason = "OK";
  response.fields.add("Set-Cookie", "s=SECRET");
  CHECK(response_record(response) == "HTTP/1.1 200 OK\r\nSet-Cookie: [redacted]\r\n\r\n");
}

}  // namespace sallyport::http
