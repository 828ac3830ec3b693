#include "protocols/http/websocket_handshake.h"

#include <catch2/catch.hpp>

#include "protocols/http/decoder.h"

namespace sallyport::http {
namespace {

const std::string kUpgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
const std::string kVersion = "Sec-WebSocket-Version: 13\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

RequestHead request(const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
  const std::string text = line + "\r\nHost: a\r\n" + fields + "\r\n";
  HeadDecoder decoder;
  Step<RequestHead> step = decoder.request(text);
  REQUIRE(step.done);
  return step.done->message;
}

RequestHead sound(const std::string& more = "") {
  return request(kUpgrade + kVersion + kKey + more);
}

ResponseHead answer(const std::string& fields) {
  const std::string text = "HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n";
  HeadDecoder decoder;
  Step<ResponseHead> step = decoder.response(text, "GET");
  REQUIRE(step.done);
  return step.done->message;
}

bool answers(const std::string& fields, const std::string& asked = "") {
  return check_websocket_answer(sound(asked), answer(fields)).ok();
}

}  // namespace

TEST_CASE("the answer to a key is the one of RFC 6455") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a WebSocket is asked for by Upgrade and Connection together") {
  CHECK(asks_for_websocket(sound()));
  CHECK(asks_for_websocket(request("Connection: UPGRADE\r\nUpgrade: h2c, WebSocket\r\n")));
  CHECK_FALSE(asks_for_websocket(request("Upgrade: websocket\r\n")));
  CHECK_FALSE(asks_for_websocket(request("Connection: Upgrade\r\nUpgrade: h2c\r\n")));
  CHECK_FALSE(asks_for_websocket(request("Connection: Upgrade\r\n")));
}

TEST_CASE("a request that opens a WebSocket is GET of HTTP/1.1 without content") {
  CHECK(check_websocket_request(sound()));
  CHECK(check_websocket_request(sound("Content-Length: 0\r\n")));
  const std::string fields = kUpgrade + kVersion + kKey;
  for (const RequestHead& head :
       {request(fields, "POST / HTTP/1.1"), request(fields, "GET / HTTP/1.0"),
        sound("Content-Length: 1\r\n"), sound("Transfer-Encoding: chunked\r\n"),
        request(kUpgrade + kVersion), sound(kKey),
        request(kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n"),
        request(kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n")}) {
    const Result<void> checked = check_websocket_request(head);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("another version than 13 is refused as such") {
  for (const std::string version : {"", "Sec-WebSocket-Version: 8\r\n",
                                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n"}) {
    const Result<void> checked = check_websocket_request(request(kUpgrade + kKey + version));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::kUnsupported);
  }
}

TEST_CASE("an answer is to this request, and chooses nothing that was not asked for") {
  CHECK(answers(kUpgrade + kAccept));
  CHECK_FALSE(answers(kUpgrade));
  CHECK_FALSE(answers("Upgrade: websocket\r\n" + kAccept));
  CHECK_FALSE(answers("Connection: Upgrade\r\nUpgrade: h2c\r\n" + kAccept));
  CHECK_FALSE(answers(kUpgrade + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n"));
  CHECK_FALSE(answers(kUpgrade + kAccept + kAccept));
  CHECK_FALSE(answers(kUpgrade + kAccept + "Sec-WebSocket-Extensions: permessage-deflate\r\n"));

  const std::string asked = "Sec-WebSocket-Protocol: chat, superchat\r\n";
  CHECK(answers(kUpgrade + kAccept, asked));
  CHECK(answers(kUpgrade + kAccept + "Sec-WebSocket-Protocol: superchat\r\n", asked));
  CHECK_FALSE(answers(kUpgrade + kAccept + "Sec-WebSocket-Protocol: other\r\n", asked));
  CHECK_FALSE(answers(kUpgrade + kAccept + "Sec-WebSocket-Protocol: chat\r\n"));
}

}  // namespace sallyport::http
