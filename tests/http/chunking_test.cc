#include <catch2/catch.hpp>

#include "tests/http/transcript.h"

using namespace sallyport::http;

namespace {

const std::vector<std::string> kRequests = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody\r\nGET /b HTTP/1.1\r\nHost: "
    "a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;x=\"y\"\r\nabc\r\n1\r\nd\r\n0\r\nDigest: z\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
};

// Refused at some place: the messages before it and the status must not depend on the cuts either.
const std::vector<std::string> kBadRequests = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/3.0\r\nA: b\nC: d\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nHost: "
    "b\r\n\r\n",
};

const std::vector<std::string> kResponses = {
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\n"
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: "
    "chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the close",
};

template <class ReadAll>
void check_every_cut(const std::vector<std::string>& streams, ReadAll read_all) {
  for (const std::string& stream : streams) {
    const Transcript whole = read_all(stream, std::vector<std::size_t>{});
    INFO(whole.text);
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      REQUIRE(read_all(stream, std::vector<std::size_t>{cut}).text == whole.text);
    }
    REQUIRE(read_all(stream, bytewise(stream)).text == whole.text);
  }
}

}  // namespace

TEST_CASE("every way to cut a stream of requests gives the same messages") {
  const auto read = [](std::string_view s, std::vector<std::size_t> cuts) {
    return read_requests(s, cuts);
  };
  check_every_cut(kRequests, read);
  check_every_cut(kBadRequests, read);
  for (const std::string& stream : kBadRequests) CHECK(read_requests(stream).error != 0);
  for (const std::string& stream : kRequests) CHECK(read_requests(stream).error == 0);
}

TEST_CASE("every way to cut a stream of responses gives the same messages") {
  const auto read = [](std::string_view s, std::vector<std::size_t> cuts) {
    return read_responses(s, cuts);
  };
  check_every_cut(kResponses, read);
  CHECK(read_responses(kResponses[0]).messages == 3);
  CHECK(read_responses(kResponses[1]).messages == 2);
  CHECK(read_responses(kResponses[2]).messages == 1);
}

TEST_CASE("every strict prefix of a request wants more") {
  for (const std::string& stream : kRequests) {
    const Transcript whole = read_requests(stream);
    REQUIRE(whole.error == 0);
    REQUIRE_FALSE(whole.partial);
    for (std::size_t size = 0; size < stream.size(); ++size) {
      const Transcript part = read_requests(std::string_view(stream).substr(0, size));
      INFO(stream.substr(0, size));
      REQUIRE(part.error == 0);
      REQUIRE(part.messages < whole.messages);
    }
  }
}

TEST_CASE("every strict prefix of a sized or chunked response wants more") {
  for (std::size_t i = 0; i < 2; ++i) {
    const Transcript whole = read_responses(kResponses[i]);
    for (std::size_t size = 0; size < kResponses[i].size(); ++size) {
      const Transcript part = read_responses(std::string_view(kResponses[i]).substr(0, size));
      REQUIRE(part.error == 0);
      REQUIRE(part.messages < whole.messages);
    }
  }
}
