// text/event-stream: by event, its data lines as one text, released with its blank line. All values
// are made up.
#include <catch2/catch.hpp>

#include "policy/mask/limits.h"
#include "policy/mask/masking.h"
#include "tests/mask/cases.h"

using namespace sallyport;
using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

std::string masked(const std::string& text, const std::vector<Pointer>& pointers = {}) {
  CAPTURE(text);
  const auto masking = make_masking(make_masker(), pointers);
  REQUIRE(masking.ok());
  return in_every_cut(**masking, TextFormat::kEventStream, text);
}

}  // namespace

TEST_CASE("events: all fields and comments are looked at, and stay byte for byte otherwise") {
  CHECK(masked("data: bob@example.com\n\n") == "data: ****\n\n");
  CHECK(masked(": to bob@example.com\nevent:x\nid: 4111111111111111\nretry: 5\ndata:a\n\n") ==
        ": to ****\nevent:x\nid: ****\nretry: 5\ndata:a\n\n");
  const std::string odd = "data:x\r\ndata: y\rdata\n\r\n\n\n: ping\r\rfoo\n\ndata:  z\n\n";
  CHECK(masked(odd) == odd);
  CHECK(masked("data: bob@example.com") == "data: ****");
  CHECK(masked("\xEF\xBB\xBF"
               "data: bob@example.com\n\n") ==
        "\xEF\xBB\xBF"
        "data: ****\n\n");
  CHECK(masked("") == "");
}

TEST_CASE("events: data that is JSON is read as JSON") {
  CHECK(masked("data: {\"m\":\"bob\\u0040example.com\",\"c\":4111111111111111}\n\n") ==
        "data: {\"m\":\"****\",\"c\":\"****\"}\n\n");
  CHECK(masked("data: 4111111111111111\n\ndata: card 4111111111111111\n\n") ==
        "data: \"****\"\n\ndata: card ****\n\n");
  CHECK(masked("data: {\"ssn\":\r\ndata:  219099998}\r\n\r\n") ==
        "data: {\"ssn\":\r\ndata:  \"****\"}\r\n\r\n");
}

TEST_CASE("events: a value across data lines is found, one across events is not joined") {
  CHECK(masked("data: -----BEGIN PRIVATE KEY-----\nid: 7\ndata: MIIEvQIBADANBgkqhkiG9w0BAQ\n"
               "data: -----END PRIVATE KEY-----\ndata: end\n\n") ==
        "data: ****\ndata: end\nid: 7\n\n");
  CHECK(masked("data: ssn\n\ndata: 219099998\n\n") == "data: ssn\n\ndata: 219099998\n\n");
}

TEST_CASE("events: each is released with its blank line") {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const auto stream = make_masking(make_masker())->open(TextFormat::kEventStream);
    std::string out;
    stream->feed("data: bob@example.com" + end, out);
    CHECK(out.empty());
    stream->feed(end, out);
    CHECK(out == "data: ****" + end + end);
    stream->feed("data: 1" + end + end, out);
    CHECK(out == "data: ****" + end + end + "data: 1" + end + end);
    CHECK(stream->masked() == 1);
  }
}

TEST_CASE("events: one that exceeds its limit is masked as plain text") {
  const auto masking = make_masking(make_masker());
  const std::string line = "data: " + std::string(1'000, 'x') + " bob@example.com\n";
  std::string event;
  while (event.size() <= kEventBytes) event += line;
  const std::string out = masking->apply(event + "\ndata: a@b.io\n\n", TextFormat::kEventStream);
  CHECK(out.find("bob@") == std::string::npos);
  CHECK(out.ends_with("x ****\n\ndata: ****\n\n"));
  const auto stream = masking->open(TextFormat::kEventStream);
  std::string released;
  std::string pieces;
  for (std::size_t at = 0; at < event.size(); at += 4'097)
    stream->feed(std::string_view(event).substr(at, 4'097), released);
  CHECK(released.size() > event.size() / 2);
  const auto pointers = make_masking(make_masker(), {{"/a", MaskStyle::kRedact}});
  CHECK((*pointers)->apply(event + "\ndata: a\n\n", TextFormat::kEventStream) ==
        "data: ****\n\ndata: a\n\n");
}

TEST_CASE("events: pointers lead into data") {
  const std::vector<Pointer> pointers{{"/a", MaskStyle::kRedact}};
  CHECK(masked("data: {\"a\":1,\"b\":2}\n\n", pointers) == "data: {\"a\":\"****\",\"b\":2}\n\n");
  CHECK(masked("data: {\ndata: \"a\":\ndata: [1,\ndata: 2]}\n\n", pointers) ==
        "data: {\ndata: \"a\":\ndata: \"****\"}\n\n");
  CHECK(masked("data: ping\n\ndata: [DONE]\n\n", pointers) == "data: ping\n\ndata: [DONE]\n\n");
  CHECK(masked("data: {'a':1}\n\ndata: {\"a\":1}\n\n", pointers) ==
        "data: {****\n\ndata: {\"a\":\"****\"}\n\n");
  CHECK(masked("data: x{\"a\":1}\n\n", pointers) == "data: ****\n\n");
  CHECK(masked("data: 7\n\n", {{"", MaskStyle::kRedact}}) == "data: \"****\"\n\n");
}
