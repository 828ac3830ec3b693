#include <catch2/catch.hpp>

#include "protocols/http/decoder.h"
#include "protocols/http/limits.h"

using namespace sallyport::http;

namespace {

ResponseHead accepted(const std::string& text, std::string_view method = "GET") {
  HeadDecoder decoder;
  Step<ResponseHead> step = decoder.response(text, method);
  INFO(text);
  REQUIRE_FALSE(step.error);
  REQUIRE(step.done);
  return step.done->message;
}

bool refused(const std::string& text, std::string_view method = "GET") {
  HeadDecoder decoder;
  return decoder.response(text, method).error.has_value();
}

std::string response(const std::string& status, const std::string& fields = "") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a response's head is read into its parts") {
  const ResponseHead head =
      accepted("HTTP/1.1 404 Not  Found \xe9\r\nServer: x\r\nContent-Length: 3\r\n\r\n");
  CHECK(head.status == 404);
  CHECK(head.reason == "Not  Found \xe9");
  CHECK(*head.fields.find("server") == "x");
  CHECK(head.framing == Framing::kLength);
  CHECK(head.content_length == 3);
  CHECK(accepted(response("301")).reason.empty());
  CHECK(accepted(response("200 ")).reason.empty());
}

TEST_CASE("malformed status lines are refused") {
  for (const char* bad :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK",
        "HTTP/2.0 200 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1",
        "HTP/1.1 200 OK", "\r\nHTTP/1.1 200 OK", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 O\rK",
        "http/1.1 200 OK", "HTTP/1.1 200\tOK"}) {
    INFO(bad);
    CHECK(refused(std::string(bad) + "\r\n\r\n"));
  }
}

TEST_CASE("how a response ends follows RFC 9112 section 6.3") {
  const std::string length = "Content-Length: 7\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(accepted(response("200 OK", length)).framing == Framing::kLength);
  CHECK(accepted(response("200 OK", chunked)).framing == Framing::kChunked);
  const ResponseHead open = accepted(response("200 OK"));
  CHECK(open.framing == Framing::kUntilClose);
  CHECK_FALSE(open.keep_alive);
  for (const char* status : {"100", "103", "204", "304"}) {
    const ResponseHead none = accepted(response(status));
    CHECK(none.framing == Framing::kNone);
    CHECK(none.keep_alive);
  }
  CHECK(accepted(response("304", length)).framing == Framing::kNone);
  CHECK(accepted(response("304", chunked)).framing == Framing::kNone);
  CHECK(accepted(response("200", length), "HEAD").framing == Framing::kNone);
  CHECK(accepted(response("200", chunked), "HEAD").framing == Framing::kNone);
  CHECK(accepted(response("200"), "CONNECT").framing == Framing::kNone);
  CHECK(accepted(response("407", length), "CONNECT").framing == Framing::kLength);
  CHECK(accepted(response("204", "Content-Length: 0\r\n")).framing == Framing::kNone);
}

TEST_CASE("a target's framing that is doubtful is refused") {
  for (const char* bad :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: x\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "A : b\r\n", "A: b\r\n c\r\n", "A: b\rc\r\n", "Connection: a b\r\n"}) {
    INFO(bad);
    CHECK(refused(response("200 OK", bad)));
  }
  CHECK(refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  CHECK(refused(response("204", "Content-Length: 1\r\n")));
  CHECK(refused(response("204", "Transfer-Encoding: chunked\r\n")));
  CHECK(refused(response("100", "Transfer-Encoding: chunked\r\n")));
  CHECK(refused(response("200", "Content-Length: x\r\n"), "HEAD"));
}

TEST_CASE("a response's limits hold at n and refuse n+1") {
  const auto head = [](std::size_t bytes) {
    const std::string start = "HTTP/1.1 200 OK\r\nX: ";
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  CHECK_FALSE(refused(head(kResponseHeadBytes)));
  CHECK(refused(head(kResponseHeadBytes + 1)));
  const auto line = [](std::size_t bytes) {
    return "HTTP/1.1 200 " + std::string(bytes - 13, 'x') + "\r\n\r\n";
  };
  CHECK_FALSE(refused(line(kStatusLineBytes)));
  CHECK(refused(line(kStatusLineBytes + 1)));
}
