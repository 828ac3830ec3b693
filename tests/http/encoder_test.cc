#include "protocols/http/encoder.h"

#include <catch2/catch.hpp>

#include "tests/http/transcript.h"

using namespace sallyport::http;

namespace {

Fields fields(std::vector<Field> list) {
  Fields out;
  for (Field& field : list) out.add(field.name, field.value);
  return out;
}

}  // namespace

TEST_CASE("a request head that is encoded decodes to itself") {
  const std::string text =
      "POST /a?b HTTP/1.1\r\nHost: a\r\nX: \r\nAccept: b c\r\nContent-Length: 3\r\n\r\n";
  HeadDecoder decoder;
  const RequestHead head = decoder.request(text).done->message;
  std::string out = "before";
  REQUIRE(encode_request_head(out, head.method, head.target, head.fields));
  CHECK(out == "before" + text);
}

TEST_CASE("a response head that is encoded decodes to itself") {
  const std::string text =
      "HTTP/1.1 404 Not Found\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  HeadDecoder decoder;
  const ResponseHead head = decoder.response(text, "GET").done->message;
  std::string out;
  REQUIRE(encode_response_head(out, head.status, head.reason, head.fields));
  CHECK(out == text);
  out.clear();
  REQUIRE(encode_response_head(out, 204, "", {}));
  CHECK(out == "HTTP/1.1 204 \r\n\r\n");
}

TEST_CASE("nothing that could inject a line or a message is encoded") {
  const std::string nul("a\0b", 3);
  for (const std::string& value :
       {std::string("a\rb"), std::string("a\nb"), std::string("a\r\nX: y"), nul,
        std::string("a\x01"), std::string("\x7f")}) {
    std::string out = "kept";
    CHECK_FALSE(encode_request_head(out, "GET", "/", fields({{"Host", "a"}, {"X", value}})));
    CHECK_FALSE(encode_response_head(out, 200, "OK", fields({{"X", value}})));
    CHECK_FALSE(encode_response_head(out, 200, value, {}));
    CHECK_FALSE(encode_request_head(out, value, "/", {}));
    CHECK_FALSE(encode_request_head(out, "GET", value, {}));
    CHECK_FALSE(encode_last_chunk(out, fields({{"X", value}})));
    CHECK_FALSE(encode_request_head(out, "GET", "/", fields({{value, "x"}})));
    CHECK(out == "kept");
  }
  std::string out;
  for (const char* name : {"", "a b", "a:", "(a)", "\xe9", " a"}) {
    CHECK_FALSE(encode_response_head(out, 200, "OK", fields({{name, "x"}})));
  }
  for (const char* target : {"", "/a b", "/\xe9"})
    CHECK_FALSE(encode_request_head(out, "GET", target, {}));
  CHECK_FALSE(encode_request_head(out, "", "/", {}));
  CHECK_FALSE(encode_response_head(out, 99, "", {}));
  CHECK_FALSE(encode_response_head(out, 1000, "", {}));
  CHECK(out.empty());
}

TEST_CASE("a head that states its framing twice is not encoded") {
  std::string out;
  CHECK_FALSE(encode_request_head(
      out, "POST", "/", fields({{"Content-Length", "1"}, {"transfer-encoding", "chunked"}})));
  CHECK_FALSE(encode_response_head(out, 200, "OK",
                                   fields({{"Content-Length", "1"}, {"content-length", "1"}})));
  CHECK_FALSE(encode_last_chunk(out, fields({{"content-length", "1"}})));
  CHECK(out.empty());
}

TEST_CASE("set_framing replaces whatever framing was stated") {
  Fields list = fields({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}, {"A", "b"}});
  set_framing(list, Framing::kLength, 18446744073709551615U);
  CHECK(list.list() == std::vector<Field>{{"A", "b"}, {"Content-Length", "18446744073709551615"}});
  set_framing(list, Framing::kChunked, 7);
  CHECK(list.list() == std::vector<Field>{{"A", "b"}, {"Transfer-Encoding", "chunked"}});
  set_framing(list, Framing::kNone, 7);
  CHECK(list.list() == std::vector<Field>{{"A", "b"}});
}

TEST_CASE("chunks that are encoded decode to the same content and trailers") {
  std::string out = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string large(70'000, 'x');
  encode_chunk(out, "abc");
  encode_chunk(out, "");
  encode_chunk_line(out, large.size());
  out.append(large).append(kChunkEnd);
  REQUIRE(encode_last_chunk(out, fields({{"Digest", "z"}})));
  const Transcript read = read_requests(out);
  CHECK(read.error == 0);
  CHECK(read.messages == 1);
  CHECK(read.text.find("abc" + large + "\nend\n  Digest: z\n") != std::string::npos);
  std::string last;
  REQUIRE(encode_last_chunk(last, {}));
  CHECK(last == "0\r\n\r\n");
}
