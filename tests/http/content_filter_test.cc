#include "protocols/http/content_filter.h"

#include <catch2/catch.hpp>

#include "protocols/http/recorded_content.h"
#include "tests/http/codings.h"
#include "tests/http/screens.h"

namespace sallyport::http {
namespace {

using test::brotlied;
using test::guarding;
using test::gzipped;
using test::masking_screen;

// All of it in pieces of `size` bytes, or the error in angle brackets.
std::string filtered(const Screen& screen, const ContentPlan& plan, std::string_view content,
                     std::size_t size = 1u << 20) {
  ContentFilter filter(screen, plan);
  std::string out;
  for (std::size_t at = 0; at <= content.size(); at += size) {
    const std::string piece(content.substr(at, size));
    filter.give({piece, at + size > content.size()});
    for (bool more = true; more;) {
      Result<bool> taken = filter.take(out);
      if (!taken) return "<" + taken.error().detail + ">";
      more = *taken;
    }
  }
  return out;
}

ContentPlan plan_of(std::vector<Coding> codings, std::optional<TextFormat> format) {
  ContentPlan plan;
  plan.codings = std::move(codings);
  plan.format = format;
  return plan;
}

constexpr std::string_view kText =
    R"({"card":"4111 1111 1111 1111","mail":"bob@example.com","key":"the-target-secret"})";
constexpr std::string_view kMasked = R"({"card":"****","mail":"****","key":"*****************"})";

}  // namespace

TEST_CASE("content is decoded, guarded and masked however it is cut") {
  for (const std::size_t size : {1u, 3u, 50u, 1000u}) {
    CHECK(filtered(masking_screen(), plan_of({}, TextFormat::kJson), kText, size) == kMasked);
    CHECK(filtered(masking_screen(), plan_of({Coding::kGzip}, TextFormat::kJson), gzipped(kText),
                   size) == kMasked);
    CHECK(filtered(masking_screen(), plan_of({Coding::kBrotli}, TextFormat::kJson), brotlied(kText),
                   size) == kMasked);
  }
}

TEST_CASE("the guard alone keeps the length, of content of any kind") {
  std::string bytes("\0\x01\xff the-target-secret \x00", 23);
  bytes += "dGhlLXRhcmdldC1zZWNyZXQ=";
  for (const std::size_t size : {1u, 5u, 100u}) {
    const std::string out = filtered(guarding(), {}, bytes, size);
    CHECK(out.size() == bytes.size());
    CHECK(out.find("secret") == std::string::npos);
    CHECK(out.find("dGhlLXRhcmd") == std::string::npos);
  }
}

TEST_CASE("a range that is walked byte by byte shows no more of a secret than the whole does") {
  const std::string content =
      std::string(300, 'a') + std::string(test::kSecret) + std::string(300, 'b');
  const std::string whole = filtered(guarding(), {}, content);
  std::string walked;
  for (std::uint64_t at = 0; at < content.size(); ++at) {
    const ByteRange asked{at, at};
    const ByteRange wide = widened(asked, guarding().guard_reach);
    const std::uint64_t last = std::min<std::uint64_t>(*wide.last, content.size() - 1);
    ContentPlan plan;
    plan.cut = *cut_back({*wide.first, last, content.size()}, asked, guarding().guard_reach);
    const std::string part = content.substr(*wide.first, last - *wide.first + 1);
    walked += filtered(guarding(), plan, part, 7);
  }
  CHECK(walked == whole);
  CHECK(walked.find("secret") == std::string::npos);
}

TEST_CASE("content shorter than its range is an error") {
  ContentPlan plan;
  plan.cut = Cut{2, 5, {}};
  CHECK(filtered(guarding(), plan, "0123456789") == "23456");
  CHECK(filtered(guarding(), plan, "012345")[0] == '<');
}

TEST_CASE("coded content that ends early is an error, after what came of it") {
  const std::string coded = gzipped(kText);
  CHECK(filtered(masking_screen(), plan_of({Coding::kGzip}, TextFormat::kJson),
                 coded.substr(0, coded.size() - 1))[0] == '<');
  CHECK(filtered(guarding(), plan_of({Coding::kGzip}, std::nullopt), "").empty());
}

TEST_CASE("content that is no text although it says so is refused before any of it is out") {
  using namespace std::string_view_literals;
  const ContentPlan plan = plan_of({}, TextFormat::kJson);
  const std::string_view wide = "\xff\xfe{\0\"\0"sv;
  CHECK(filtered(masking_screen(), plan, wide)[0] == '<');
  CHECK(filtered(masking_screen(), plan, wide, 1)[0] == '<');
  CHECK(filtered(masking_screen(), plan, gzipped(kText))[0] == '<');
  Screen lenient = masking_screen();
  lenient.pass_unreadable = true;
  CHECK(filtered(lenient, plan, wide) == wide);
}

TEST_CASE("an event is out when its blank line is in") {
  ContentFilter filter(masking_screen(), plan_of({}, TextFormat::kEventStream));
  const std::string event = "data: {\"mail\":\"bob@example.com\"}\n\n";
  std::string out;
  filter.give({event, false});
  CHECK_FALSE(*filter.take(out));
  CHECK(out == "data: {\"mail\":\"****\"}\n\n");
  CHECK(filter.masked() == 1);
}

TEST_CASE("the record has content without its coding, and a note where that cannot be") {
  const auto kept = [](const std::string& coding, const std::string& bytes, std::size_t size) {
    Fields fields;
    fields.add("Content-Encoding", coding);
    RecordedContent content(fields);
    CHECK_FALSE(content.plain());
    std::string out;
    for (std::size_t at = 0; at <= bytes.size(); at += size) {
      const std::string piece = bytes.substr(at, size);
      content.give({piece, at + size > bytes.size()});
      while (content.take(out)) {
      }
    }
    return out;
  };
  const std::string note = "[not kept: content whose coding cannot be undone]";
  for (const std::size_t size : {1u, 10u, 1000u}) {
    CHECK(kept("gzip", gzipped(kText), size) == kText);
    CHECK(kept("br", brotlied(kText), size) == kText);
    CHECK(kept("zstd", "anything", size) == note);
    CHECK(kept("gzip", "not gzip at all", size) == note);
    CHECK(kept("gzip", gzipped(kText).substr(0, 30), size).ends_with(note));
  }
  CHECK(RecordedContent(Fields()).plain());
}

}  // namespace sallyport::http
