#include "protocols/http/decoder.h"

#include <catch2/catch.hpp>

#include "protocols/http/limits.h"
#include "tests/http/transcript.h"

using namespace sallyport::http;

namespace {

RequestHead accepted(const std::string& text) {
  HeadDecoder decoder;
  Step<RequestHead> step = decoder.request(text);
  INFO(text);
  REQUIRE_FALSE(step.error);
  REQUIRE(step.done);
  REQUIRE(step.done->used == text.size());
  return step.done->message;
}

int refused(const std::string& text) {
  HeadDecoder decoder;
  const Step<RequestHead> step = decoder.request(text);
  return step.error ? step.error->status : 0;
}

// A request with one more field.
std::string with(const std::string& field, const std::string& line = "POST /x HTTP/1.1") {
  return line + "\r\nHost: a.example\r\n" + field + "\r\n\r\n";
}

const std::string kHost = "Host: a.example\r\n";

}  // namespace

TEST_CASE("a request's head is read into its parts") {
  const RequestHead head = accepted(
      "POST /orders?x=1 HTTP/1.1\r\nHost: Shop.example:8080\r\nAccept:\t*/* \r\n"
      "X-Empty:\r\nx_y: caf\xc3\xa9\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n\r\n");
  CHECK(head.method == "POST");
  CHECK(head.target == "/orders?x=1");
  CHECK(head.minor_version == 1);
  CHECK(*head.fields.find("host") == "Shop.example:8080");
  CHECK(*head.fields.find("accept") == "*/*");
  CHECK(head.fields.find("X-Empty")->empty());
  CHECK(*head.fields.find("x_y") == "caf\xc3\xa9");
  CHECK(head.framing == Framing::kLength);
  CHECK(head.content_length == 12);
  CHECK(head.keep_alive);
  CHECK(head.expect_continue);
}

TEST_CASE("the connection's persistence follows version and Connection") {
  CHECK(accepted("GET / HTTP/1.1\r\n" + kHost + "\r\n").keep_alive);
  CHECK_FALSE(accepted("GET / HTTP/1.0\r\n\r\n").keep_alive);
  CHECK(accepted("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  CHECK_FALSE(accepted(with("Connection: keep-alive, close")).keep_alive);
  CHECK_FALSE(accepted(with("Connection: x\r\nconnection: CLOSE")).keep_alive);
  CHECK(refused(with("Connection: a b")) == 400);
}

TEST_CASE("one empty line before a request is skipped, a second one is refused") {
  CHECK(accepted("\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n").method == "GET");
  CHECK(refused("\r\n\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n") == 400);
  CHECK(refused("\nGET / HTTP/1.1\r\n" + kHost + "\r\n") == 400);
  CHECK(refused("\rGET / HTTP/1.1\r\n" + kHost + "\r\n") == 400);
}

TEST_CASE("request lines that are not exactly one method, target and version are refused") {
  const auto line = [](const std::string& text) { return refused(text + "\r\n" + kHost + "\r\n"); };
  for (const char* bad : {"GET  / HTTP/1.1",
                          "GET / HTTP/1.1 ",
                          "GET /  HTTP/1.1",
                          " GET / HTTP/1.1",
                          "GET\t/ HTTP/1.1",
                          "GET / x HTTP/1.1",
                          "GET /",
                          "GET",
                          "GET / http/1.1",
                          "GET / HTTP/1.32",
                          "GET / HTTP/11",
                          "GET / HTTP/1",
                          "GET / HTTP/1.1x",
                          "G\"T / HTTP/1.1",
                          "GET /\x80 HTTP/1.1",
                          "GET /\x7f HTTP/1.1",
                          "GET ! HTTP/1.1",
                          "GET a.example HTTP/1.1",
                          "GET * HTTP/1.1",
                          "GET ftp://a.example/ HTTP/1.1",
                          "GET http://u@a.example/ HTTP/1.1",
                          "GET http:///x HTTP/1.1",
                          "CONNECT / HTTP/1.1",
                          "CONNECT a.example HTTP/1.1"}) {
    INFO(bad);
    CHECK(line(bad) == 400);
  }
  for (const char* version : {"0.9", "1.2", "2.0", "3.1"}) {
    CHECK(line(std::string("GET / HTTP/") + version) == 505);
  }
  CHECK(line("OPTIONS * HTTP/1.1") == 0);
  CHECK(line("CONNECT a.example:443 HTTP/1.1") == 0);
  CHECK(line("GET http://A.example:80/x HTTP/1.1") == 0);
  CHECK(line("GET http://b.example/x HTTP/1.1") == 400);
  CHECK(line("GET https://a.example:80/x HTTP/1.1") == 400);
}

TEST_CASE("field lines that two readers could take differently are refused") {
  for (const std::string bad :
       {"A : b", "A\t: b", " A: b", "\tA: b", "A b", ": b", "A: b\r\n c: d", "A\x01: b", "A\xe9: b",
        "A(: b", "A: b\rc", "A: b\nc: d", "A: \x01", "A: b\x7f", "A: \x0b", "A\r\n: b"}) {
    INFO(bad);
    CHECK(refused(with(bad)) == 400);
  }
  CHECK(refused(with(std::string("A: b\0c", 6))) == 400);
  CHECK(refused(with(std::string("A\0: b", 5))) == 400);
  CHECK(refused("GET / HTTP/1.1\n" + kHost + "\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\n" + kHost + "\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\n" + kHost + "\r\r\n\r\n") == 400);
}

TEST_CASE("a request's framing is one statement or none") {
  CHECK(accepted(with("A: b")).framing == Framing::kNone);
  CHECK(accepted(with("Content-Length: 0")).content_length == 0);
  CHECK(accepted(with("Transfer-Encoding: Chunked")).framing == Framing::kChunked);
  for (const char* bad : {"Content-Length: 1\r\nTransfer-Encoding: chunked",
                          "Content-Length: 1\r\nContent-Length: 2",
                          "Content-Length: 1\r\nContent-Length: 1",
                          "Content-Length: 1, 1",
                          "Content-Length: +1",
                          "Content-Length: -1",
                          "Content-Length: 0x1",
                          "Content-Length: 1_0",
                          "Content-Length: 010",
                          "Content-Length: ",
                          "Content-Length: 1 0",
                          "Content-Length: 1z",
                          "Content-Length: \xb2",
                          "Transfer-Encoding: identity",
                          "Transfer-Encoding: chunked, identity",
                          "Transfer-Encoding: ,chunked",
                          "Transfer-Encoding: chunked,",
                          "Transfer-Encoding: chunked, chunked",
                          "Transfer-Encoding: ",
                          "Transfer-Encoding: chunked;q=1",
                          "Transfer-Encoding: \"chunked\"",
                          "Transfer-Encoding: \x0b"
                          "chunked",
                          "Transfer-Encoding: xchunked",
                          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                          "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"}) {
    INFO(bad);
    CHECK(refused(with(bad)) == 400);
  }
  CHECK(refused(with("Transfer-Encoding: chunked", "POST / HTTP/1.0")) == 400);
  CHECK(refused(with("Transfer-Encoding: gzip, chunked")) == 501);
  CHECK(accepted(with("Content-Length: 9223372036854775807")).content_length == kContentLength);
  CHECK(refused(with("Content-Length: 9223372036854775808")) == 413);
  CHECK(refused(with("Content-Length: 100000000000000000000")) == 413);
}

TEST_CASE("Host is one well-formed authority, and required by HTTP/1.1") {
  const auto host = [](const std::string& lines, const char* version) {
    return refused(std::string("GET / HTTP/") + version + "\r\n" + lines + "\r\n");
  };
  CHECK(host("", "1.1") == 400);
  CHECK(host("", "1.0") == 0);
  CHECK(host("Host: a\r\nHost: a\r\n", "1.1") == 400);
  for (const char* good :
       {"a", "A.b-c.example", "a_b", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:80"}) {
    INFO(good);
    CHECK(host(std::string("Host: ") + good + "\r\n", "1.1") == 0);
  }
  for (const char* bad : {"", "a b", "a,b", "u@a", "a:", "a:x", "a:65536", "a:-1", ":80", "a/b",
                          "a?b", "[::1", "::1", "[a]", "[fe80::1%25eth0]", "a%2eb",
                          "\xff"
                          "a",
                          "http://a", "a:80:80"}) {
    INFO(bad);
    CHECK(host(std::string("Host: ") + bad + "\r\n", "1.1") == 400);
    CHECK(host(std::string("Host: ") + bad + "\r\n", "1.0") == 400);
  }
}

TEST_CASE("underscore spellings of fields that are trusted are refused, others pass") {
  for (const char* twin :
       {"Content_Length: 5", "content_type: x", "Transfer_Encoding: chunked",
        "Transfer-Encoding_: x", "X_Forwarded_For: 1", "X-Forwarded_For: 1", "Host_: b", "_Host: b",
        "X_Real_IP: 1", "Proxy_: x", "X_HTTP_Method_Override: DELETE", "Sallyport_Approval: x",
        "AUTHORIZATION_: x", "Connection_: close"}) {
    INFO(twin);
    CHECK(refused(with(twin)) == 400);
  }
  CHECK(refused(with("api_key: 1\r\nx_request_id: 2\r\n_: 3")) == 0);
}

TEST_CASE("an expectation other than 100-continue is refused with 417") {
  CHECK(refused(with("Expect: 200-ok")) == 417);
  CHECK_FALSE(accepted(with("Expect: 100-continue")).expect_continue);
  CHECK_FALSE(accepted(with("Expect: 100-continue\r\nContent-Length: 3", "POST / HTTP/1.0"))
                  .expect_continue);
}

TEST_CASE("the head's limits hold at n and refuse n+1") {
  const auto line = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 14, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n";
  };
  CHECK(refused(line(kRequestLineBytes)) == 0);
  CHECK(refused(line(kRequestLineBytes + 1)) == 414);
  CHECK(read_requests(line(kRequestLineBytes + 1), bytewise(line(kRequestLineBytes + 1))).error ==
        414);

  const auto head = [](std::size_t bytes) {
    const std::string start = "GET / HTTP/1.1\r\n" + kHost + "X: ";
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  CHECK(refused(head(kRequestHeadBytes)) == 0);
  CHECK(refused(head(kRequestHeadBytes + 1)) == 431);

  const auto lines = [](std::size_t count) {
    std::string text = "GET / HTTP/1.1\r\n" + kHost;
    for (std::size_t i = 1; i < count; ++i) text += "X: y\r\n";
    return text + "\r\n";
  };
  CHECK(refused(lines(kFieldLines)) == 0);
  CHECK(refused(lines(kFieldLines + 1)) == 431);
}

TEST_CASE("what can never become a head is refused before it is complete") {
  CHECK(refused("\x16\x03\x01\x02") == 400);
  CHECK(refused("GET / HTTP/1.1\n") == 400);
  CHECK(refused("GET /\r\n") == 400);
  CHECK(refused("PRI * HTTP/2.0\r\n") == 505);
  CHECK(refused(std::string(kRequestLineBytes + 2, 'A')) == 414);
}

TEST_CASE("a head that arrives byte by byte costs linear time") {
  const std::string text =
      "GET / HTTP/1.1\r\n" + kHost + "X: " + std::string(30'000, 'x') + "\r\n\r\n";
  HeadDecoder decoder;
  for (std::size_t size = 1; size < text.size(); ++size) {
    const Step<RequestHead> step = decoder.request(std::string_view(text).substr(0, size));
    REQUIRE_FALSE(step.done);
    REQUIRE_FALSE(step.error);
  }
  REQUIRE(decoder.request(text).done);
}
