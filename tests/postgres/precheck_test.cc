#include "protocols/postgres/sql/precheck.h"

#include <catch2/catch.hpp>

namespace sallyport::postgres::sql {
namespace {

std::string times(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("Each limit holds at n and not at n + 1") {
  CHECK(precheck("12345", 5).empty());
  CHECK(precheck("123456", 5) == "the text is too long");
  CHECK(precheck(times("/*", kCommentDepth) + times("*/", kCommentDepth)).empty());
  CHECK(precheck(times("/*", kCommentDepth + 1)) == "comments nest too deep");
  CHECK(precheck(times(";", kStatements - 1)).empty());
  CHECK(precheck(times(";", kStatements)) == "too many statements");
  CHECK(precheck(times("(", kNesting)).empty());
  CHECK(precheck(times("(", kNesting + 1)) == "brackets nest too deep");
  CHECK(precheck(times("+1", kNesting)).empty());
  CHECK(precheck(times("+1", kNesting + 1)) == "too many operators in a row");
}

TEST_CASE("What stands in strings, names and comments does not count") {
  const std::string deep = times("(", kNesting + 1);
  for (const std::string& text :
       {"'" + deep + "'", "\"" + deep + "\"", "--" + deep, "/*" + deep + "*/", "$a$" + deep + "$a$",
        "$$" + deep + "$$", "E'\\'" + deep + "'", "''''||'" + deep + "'"})
    CHECK(precheck(text).empty());
  // Here the string ends before.
  CHECK_FALSE(precheck("'\\'" + deep).empty());
  CHECK_FALSE(precheck("xe'\\'" + deep).empty());
  CHECK_FALSE(precheck("--\n" + deep).empty());
  CHECK_FALSE(precheck("$a$$b$$a$" + deep).empty());
  CHECK_FALSE(precheck("$1$" + deep).empty());
}

TEST_CASE("A list of any length is one level") {
  CHECK(precheck("SELECT 1 IN (1" + times(",1-1", 100'000) + ")").empty());
  CHECK(precheck("SELECT 1 WHERE true" + times(" AND a = 1", 50'000)).empty());
}

TEST_CASE("Only UTF-8 as the server takes it passes") {
  for (const char* good : {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"})
    CHECK(is_server_text(good));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF0\x80\x80\x80", "\xC3", "a\xFF"})
    CHECK_FALSE(is_server_text(bad));
  CHECK_FALSE(is_server_text(std::string_view("a\0b", 3)));
}

}  // namespace sallyport::postgres::sql
