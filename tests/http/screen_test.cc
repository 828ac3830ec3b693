#include "protocols/http/screen.h"

#include <catch2/catch.hpp>

#include "tests/http/screens.h"

namespace sallyport::http {
namespace {

using test::guarding;
using test::masking_screen;

using Lines = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const Lines& lines) {
  Fields fields;
  for (const auto& [name, value] : lines) fields.add(name, value);
  return fields;
}

ResponseHead answer(const Lines& lines, int status = 200) {
  ResponseHead head;
  head.status = status;
  head.reason = "OK";
  head.fields = fields_of(lines);
  head.framing = Framing::kLength;
  head.content_length = 100;
  return head;
}

Fields asked_with(const Screen& screen, const Lines& lines, const std::string& method = "GET") {
  Fields fields = fields_of(lines);
  screen_request(screen, method, fields);
  return fields;
}

std::string value(const Fields& fields, std::string_view name) {
  const std::string* found = fields.find(name);
  return found ? *found : "(none)";
}

// The error's text, or nothing.
std::string refused(const Screen& screen, const Lines& lines, int status = 200) {
  ResponseHead head = answer(lines, status);
  Result<ContentPlan> plan = screen_answer(screen, {}, head);
  return plan ? "" : plan.error().detail;
}

const Lines kJson = {{"Content-Type", "application/json"}};

}  // namespace

TEST_CASE("with nothing to look for, heads stay as they are") {
  const Screen nothing;
  const Lines request = {
      {"Accept-Encoding", "zstd"}, {"Range", "bytes=0-1,5-6"}, {"If-Match", "\"a-sp\""}};
  CHECK(asked_with(nothing, request) == fields_of(request));
  const Lines response = {{"ETag", "\"a\""}, {"Content-Encoding", "gzip"}, {"Content-MD5", "x"}};
  ResponseHead head = answer(response);
  const ResponseHead before = head;
  const ContentPlan plan = *screen_answer(nothing, {}, head);
  std::uint64_t masked = 0;
  screen_head(nothing, head, masked);
  CHECK(head == before);
  CHECK_FALSE(plan.changes());
}

TEST_CASE("a target is asked for no coding that cannot be undone") {
  const auto codings = [](const Lines& lines) {
    return value(asked_with(guarding(), lines), "Accept-Encoding");
  };
  CHECK(codings({}) == "identity");
  CHECK(codings({{"Accept-Encoding", "gzip, deflate, br, zstd"}}) == "gzip, deflate, br");
  CHECK(codings({{"Accept-Encoding", "zstd"}, {"accept-encoding", "gzip;q=0.5, identity"}}) ==
        "gzip;q=0.5, identity");
  CHECK(codings({{"Accept-Encoding", "zstd, compress"}}) == "identity");
  CHECK(codings({{"Accept-Encoding", "*"}}) == "gzip, deflate, br");
  CHECK(codings({{"Accept-Encoding", "gzip, *;q=0"}}) == "gzip");
  CHECK(codings({{"Accept-Encoding", ""}}) == "identity");
}

TEST_CASE("masks take ranges out of a request, the guard widens a single one") {
  const Lines range = {
      {"Range", "bytes=500-599"}, {"If-Range", "\"a\""}, {"Accept-Encoding", "gzip"}};
  const Fields masked = asked_with(masking_screen(), range);
  CHECK(masked.count("Range") + masked.count("If-Range") == 0);
  const Fields guarded = asked_with(guarding(), range);
  CHECK(value(guarded, "Range") == "bytes=400-699");
  CHECK(value(guarded, "If-Range") == "\"a\"");
  CHECK(value(guarded, "Accept-Encoding") == "identity");
  CHECK(asked_with(guarding(), range, "POST").count("Range") == 0);
  CHECK(asked_with(guarding(), {{"Range", "bytes=0-1,4-5"}, {"If-Range", "\"a\""}})
            .count("If-Range") == 0);
  CHECK(asked_with(guarding(), {{"Range", "lines=0-1"}}).count("Range") == 0);
  CHECK(asked_with(guarding(), {{"A-IM", "vcdiff"}}).count("A-IM") == 0);
}

TEST_CASE("tags of changed content get a mark, which conditions lose again") {
  ResponseHead head = answer({{"Content-Type", "application/json"}, {"ETag", "W/\"v1\""}});
  CHECK(screen_answer(masking_screen(), {}, head));
  CHECK(value(head.fields, "ETag") == "W/\"v1-sp00c0ffee\"");
  Fields fields = fields_of({{"If-None-Match", "\"x\", W/\"v1-sp00c0ffee\""},
                             {"If-None-Match", "\"y-sp00c0ffee\""},
                             {"If-Match", "\"z-sp11111111\""}});
  const Asked asked = screen_request(masking_screen(), "GET", fields);
  CHECK(value(fields, "If-None-Match") == "\"x\", W/\"v1\", \"y\"");
  CHECK(fields.count("If-None-Match") == 1);
  // Of another version of the policy: matches nothing.
  CHECK(value(fields, "If-Match") == "\"z-sp11111111\"");
  // What answers such a condition speaks of the same tag.
  ResponseHead unchanged = answer({{"ETag", "\"v1\""}}, 304);
  unchanged.framing = Framing::kNone;
  CHECK(screen_answer(guarding(), asked, unchanged));
  CHECK(value(unchanged.fields, "ETag") == "\"v1-sp00c0ffee\"");
  ResponseHead plain = answer({{"ETag", "\"v1\""}});
  CHECK(screen_answer(guarding(), {}, plain));
  CHECK(value(plain.fields, "ETag") == "\"v1\"");
  ResponseHead broken = answer({{"Content-Type", "text/plain"}, {"ETag", "v1"}});
  CHECK(screen_answer(masking_screen(), {}, broken));
  CHECK(broken.fields.count("ETag") == 0);
}

TEST_CASE("a head says nothing of content that is no longer true") {
  const Lines lines = {{"Content-Type", "text/html"}, {"Content-Encoding", "gzip"},
                       {"Content-MD5", "x"},          {"Digest", "x"},
                       {"Content-Digest", "x"},       {"Repr-Digest", "x"},
                       {"Accept-Ranges", "bytes"},    {"Vary", "Accept-Encoding"},
                       {"Content-Length", "100"}};
  ResponseHead head = answer(lines);
  const ContentPlan plan = *screen_answer(masking_screen(), {}, head);
  CHECK(plan.codings == std::vector{Coding::kGzip});
  CHECK(plan.format == TextFormat::kPlain);
  CHECK(head.framing == Framing::kChunked);
  CHECK(head.fields == fields_of({{"Content-Type", "text/html"}, {"Vary", "Accept-Encoding"}}));
  // The guard alone leaves the length true, and what is not coded as it is.
  ResponseHead guarded =
      answer({{"Content-Type", "text/html"}, {"Content-MD5", "x"}, {"Accept-Ranges", "bytes"}});
  const ResponseHead before = guarded;
  CHECK_FALSE(screen_answer(guarding(), {}, guarded)->changes());
  CHECK(guarded == before);
  ResponseHead decoded = answer(lines);
  CHECK(screen_answer(guarding(), {}, decoded)->codings.size() == 1);
  CHECK(decoded.framing == Framing::kChunked);
  CHECK(value(decoded.fields, "Accept-Ranges") == "bytes");
  // Of a HEAD, whose GET would be changed.
  ResponseHead none = answer(lines);
  none.framing = Framing::kNone;
  CHECK(screen_answer(masking_screen(), {}, none));
  CHECK(none.fields.count("Content-Length") + none.fields.count("Content-Encoding") == 0);
}

TEST_CASE("content that masks cannot read is refused, unless the policy lets it pass") {
  const Screen masks = masking_screen();
  CHECK(refused(masks, kJson).empty());
  CHECK(refused(masks, {}).empty());
  CHECK(refused(masks, {{"Content-Type", "image/png"}}).find("type") != std::string::npos);
  CHECK(refused(masks, {{"Content-Type", "text/plain"}, {"Content-Encoding", "zstd"}})
            .find("coding") != std::string::npos);
  CHECK_FALSE(refused(masks, {{"Content-Type", "multipart/mixed; boundary=a"}}).empty());
  CHECK_FALSE(
      refused(masks, {{"Content-Type", "text/plain"}, {"Content-Range", "bytes 0-99/200"}}, 206)
          .empty());
  const Screen pointing = masking_screen({"/salary"});
  CHECK(refused(pointing, kJson).empty());
  CHECK(refused(pointing, {{"Content-Type", "text/plain"}}).find("JSON") != std::string::npos);
  CHECK_FALSE(refused(masks, kJson, 226).empty());
  // Without content there is nothing to refuse.
  ResponseHead head = answer({{"Content-Type", "image/png"}});
  head.framing = Framing::kNone;
  CHECK(screen_answer(masks, {}, head));
  head.framing = Framing::kLength;
  head.content_length = 0;
  CHECK(screen_answer(masks, {}, head));
  Screen lenient = masking_screen({"/salary"});
  lenient.pass_unreadable = true;
  for (const Lines& lines : {Lines{{"Content-Type", "image/png"}},
                             Lines{{"Content-Type", "text/plain"}, {"Content-Encoding", "zstd"}}}) {
    ResponseHead passed = answer(lines);
    Result<ContentPlan> plan = screen_answer(lenient, {}, passed);
    REQUIRE(plan);
    CHECK_FALSE(plan->recodes());
    CHECK(passed.framing == Framing::kLength);
  }
  // What can be found in it is still masked.
  ResponseHead text = answer({{"Content-Type", "text/plain"}});
  CHECK(screen_answer(lenient, {}, text)->format == TextFormat::kPlain);
}

TEST_CASE("a part is passed on only as the cut of what was asked") {
  Asked asked;
  asked.range = ByteRange{500, 599};
  ResponseHead head =
      answer({{"Content-Range", "bytes 400-699/1000"}, {"Content-Digest", "x"}}, 206);
  head.content_length = 300;
  const ContentPlan plan = *screen_answer(guarding(), asked, head);
  CHECK(plan.cut->skip == 100);
  CHECK(head.content_length == 100);
  CHECK(value(head.fields, "Content-Range") == "bytes 500-599/1000");
  CHECK(head.fields.count("Content-Digest") == 0);

  ResponseHead whole = answer({});
  CHECK_FALSE(screen_answer(guarding(), asked, whole)->changes());

  asked.range = ByteRange{1000, std::nullopt};
  ResponseHead beyond =
      answer({{"Content-Range", "bytes 900-999/1000"}, {"Content-Type", "text/plain"}}, 206);
  CHECK(screen_answer(guarding(), asked, beyond)->cut->keep == 0);
  CHECK(beyond.status == 416);
  CHECK(value(beyond.fields, "Content-Range") == "bytes */1000");
  CHECK(beyond.content_length == 0);

  for (const Lines& lines :
       {Lines{}, Lines{{"Content-Range", "bytes 900-999/1000"}, {"Content-Encoding", "gzip"}},
        Lines{{"Content-Range", "bytes 900-998/1000"}},
        Lines{{"Content-Range", "bytes 900-999/1000"}, {"Content-Range", "bytes 900-999/1000"}},
        Lines{{"Content-Range", "bytes 5-104/1000"}}}) {
    ResponseHead wrong = answer(lines, 206);
    Result<ContentPlan> none = screen_answer(guarding(), asked, wrong);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ErrorCode::kMalformed);
  }
  ResponseHead unasked = answer({{"Content-Range", "bytes 0-99/1000"}}, 206);
  CHECK_FALSE(screen_answer(guarding(), {}, unasked));
}

TEST_CASE("fields, the reason and trailers pass guard and masks") {
  ResponseHead head = answer({{"Location", "/x?key=the-target-secret&mail=bob%40example.com&n=1"},
                              {"Set-Cookie", "card=4111111111111111; Path=/"},
                              {"X-SSN", "219099998"},
                              {"X-the-target-secret", "a"},
                              {"X-Plain", "as it is"}});
  head.reason = "No dGhlLXRhcmdldC1zZWNyZXQ=";
  std::uint64_t masked = 0;
  screen_head(masking_screen(), head, masked);
  CHECK(value(head.fields, "Set-Cookie") == "card=****; Path=/");
  CHECK(value(head.fields, "X-SSN") == "****");
  CHECK(value(head.fields, "X-Plain") == "as it is");
  CHECK(head.fields.size() == 4);
  const std::string location = value(head.fields, "Location");
  CHECK(location.starts_with("/x?key=*****************&mail="));
  CHECK(location.ends_with("&n=1"));
  CHECK(location.find("bob") == std::string::npos);
  CHECK(head.reason == "OK");
  CHECK(masked == 3);

  Fields trailers = fields_of({{"X-Mail", "bob@example.com"}, {"Content-Digest", "x"}});
  ContentPlan plan;
  plan.format = TextFormat::kPlain;
  screen_trailers(masking_screen(), plan, trailers, masked);
  CHECK(trailers == fields_of({{"X-Mail", "****"}}));
}

}  // namespace sallyport::http
