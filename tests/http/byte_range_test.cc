#include "protocols/http/byte_range.h"

#include <catch2/catch.hpp>

namespace sallyport::http {
namespace {

std::optional<ByteRange> asked(const std::string& value) {
  Fields fields;
  fields.add("Range", value);
  return single_range(fields);
}

std::string shown(const std::string& content, const std::string& range, std::uint64_t margin) {
  // A target that does as it is told.
  const ByteRange wide = widened(*asked(range), margin);
  const std::uint64_t total = content.size();
  std::uint64_t first = wide.first ? *wide.first : total - std::min(total, *wide.last);
  std::uint64_t last = wide.first && wide.last ? std::min(*wide.last, total - 1) : total - 1;
  if (first >= total) return "416 by the target";
  Result<Cut> cut = cut_back({first, last, total}, *asked(range), margin);
  if (!cut) return "502";
  if (cut->keep == 0) return "416";
  const std::string bytes = content.substr(first, last - first + 1).substr(cut->skip, cut->keep);
  return content_range_value(cut->shown) + " " + bytes;
}

}  // namespace

TEST_CASE("one range of bytes is read, anything else is none") {
  CHECK(asked("bytes=0-9") == ByteRange{0, 9});
  CHECK(asked("Bytes=5-") == ByteRange{5, std::nullopt});
  CHECK(asked("bytes=-7") == ByteRange{std::nullopt, 7});
  CHECK(asked(" bytes= 1-1 ") == ByteRange{1, 1});
  for (const char* value :
       {"", "bytes", "bytes=", "bytes=-", "bytes=9-0", "bytes=0-1,3-4", "items=0-1", "bytes=a-b",
        "bytes=0x1-2", "bytes=0-99999999999999999999", "bytes=-1-2", "bytes 0-1"})
    CHECK_FALSE(asked(value).has_value());
  Fields two;
  two.add("Range", "bytes=0-1");
  two.add("Range", "bytes=2-3");
  CHECK_FALSE(single_range(two).has_value());
}

TEST_CASE("a range is widened without running over") {
  CHECK(range_value(widened(*asked("bytes=100-199"), 10)) == "bytes=90-209");
  CHECK(range_value(widened(*asked("bytes=3-4"), 10)) == "bytes=0-14");
  CHECK(range_value(widened(*asked("bytes=50-"), 10)) == "bytes=40-");
  CHECK(range_value(widened(*asked("bytes=-5"), 10)) == "bytes=-15");
  CHECK(range_value(widened(*asked("bytes=0-9223372036854775807"), 10)) ==
        "bytes=0-9223372036854775807");
}

TEST_CASE("Content-Range is read strictly") {
  CHECK(parse_content_range("bytes 0-9/100") == ContentRange{0, 9, 100});
  CHECK(parse_content_range("bytes 5-5/*") == ContentRange{5, 5, std::nullopt});
  for (const char* value :
       {"", "bytes", "bytes 0-9", "bytes */100", "bytes 9-0/100", "bytes 0-100/100",
        "bytes=0-9/100", "bytes 0-9/", "items 0-9/100", "bytes 0-9/100 "})
    CHECK(parse_content_range(value).has_value() == (std::string_view(value) == "bytes 0-9/100 "));
}

TEST_CASE("what was asked for is cut out of what came") {
  const std::string content = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (const std::uint64_t margin : {0u, 1u, 5u, 100u}) {
    CHECK(shown(content, "bytes=10-13", margin) == "bytes 10-13/36 abcd");
    CHECK(shown(content, "bytes=0-0", margin) == "bytes 0-0/36 0");
    CHECK(shown(content, "bytes=35-35", margin) == "bytes 35-35/36 z");
    CHECK(shown(content, "bytes=34-99", margin) == "bytes 34-35/36 yz");
    CHECK(shown(content, "bytes=33-", margin) == "bytes 33-35/36 xyz");
    CHECK(shown(content, "bytes=-2", margin) == "bytes 34-35/36 yz");
    CHECK(shown(content, "bytes=-99", margin) == "bytes 0-35/36 " + content);
    CHECK(shown(content, "bytes=0-", margin) == "bytes 0-35/36 " + content);
  }
  CHECK(shown(content, "bytes=36-", 5) == "416");
  CHECK(shown(content, "bytes=38-40", 5) == "416");
  CHECK(shown(content, "bytes=-0", 5) == "416");
  CHECK(shown(content, "bytes=80-", 5) == "416 by the target");
}

TEST_CASE("nothing is shown closer to an edge of what came than the margin") {
  const ByteRange range{20, 29};
  CHECK(cut_back({15, 34, 100}, range, 5)->keep == 10);
  CHECK(cut_back({0, 99, 100}, range, 5)->skip == 20);
  // The target gave less at the end: less is shown.
  CHECK(cut_back({15, 29, 100}, range, 5)->shown == ContentRange{20, 24, 100});
  CHECK(cut_back({15, 29, std::nullopt}, range, 5)->keep == 5);
  CHECK(cut_back({15, 29, 30}, range, 5)->keep == 10);
  // It began too late, or not where it was asked to.
  CHECK_FALSE(cut_back({16, 34, 100}, range, 5));
  CHECK_FALSE(cut_back({40, 60, 100}, range, 5));
  CHECK_FALSE(cut_back({15, 22, 100}, range, 5));
  CHECK_FALSE(cut_back({0, 9, 100}, range, 5));
  // The end of content whose length nobody knows.
  CHECK_FALSE(cut_back({80, 99, std::nullopt}, ByteRange{std::nullopt, 5}, 5));
}

}  // namespace sallyport::http
