// Patterns: exact texts, globs with their separators, RE2.
#include "policy/pattern.h"

#include <re2/re2.h>

#include <catch2/catch.hpp>
#include <random>

#include "policy/glob.h"
#include "policy/limits.h"
#include "policy/utf8.h"

namespace sallyport::policy {
namespace {

bool matches(std::string_view pattern, std::string_view value, char separator) {
  const Result<Pattern> parsed = Pattern::parse(pattern, separator);
  INFO(pattern);
  REQUIRE(parsed);
  const bool yes = parsed->match(value) == Pattern::Match::kYes;
  CHECK((parsed->may_match(value) || !yes));
  return yes;
}

TEST_CASE("A star stops at the separator and two stars do not") {
  struct Row {
    const char* pattern;
    const char* value;
    bool path, host, plain;  // with separator "/", "." and none
  };
  const Row row = GENERATE(values<Row>({{"/a", "/a", true, true, true},
                                        {"/a", "/A", false, false, false},
                                        {"/a", "/a/", false, false, false},
                                        {"/a/*", "/a/b", true, true, true},
                                        {"/a/*", "/a/", true, true, true},
                                        {"/a/*", "/a/b/c", false, true, true},
                                        {"/a/**", "/a/b/c", true, true, true},
                                        {"/a/**", "/a", false, false, false},
                                        {"/a/*/c", "/a/b/c", true, true, true},
                                        {"/a/*/c", "/a/b/b/c", false, true, true},
                                        {"/**/c", "/a/b/c", true, true, true},
                                        {"/**/*.php", "/a/b/c.php", true, true, true},
                                        {"/**/*.php", "/a/b.php/c", false, false, false},
                                        {"*.example.com", "a.example.com", true, true, true},
                                        {"*.example.com", "a.b.example.com", true, false, true},
                                        {"**.example.com", "a.b.example.com", true, true, true},
                                        {"*", "", true, true, true},
                                        {"*", "a/b.c", false, false, true},
                                        {"**", "a/b.c", true, true, true},
                                        {"***", "a/b.c", true, true, true},
                                        {"a*b*c", "a1b2b3c", true, true, true},
                                        {"a*b*c", "a1c2b", false, false, false},
                                        {"a?b", "axb", false, false, false},
                                        {"a?b", "a?b", true, true, true},
                                        {"[a]*", "[a]x", true, true, true},
                                        {"[a]*", "ax", false, false, false}}));
  INFO(row.pattern << " on " << row.value);
  CHECK(matches(row.pattern, row.value, '/') == row.path);
  CHECK(matches(row.pattern, row.value, '.') == row.host);
  CHECK(matches(row.pattern, row.value, '\0') == row.plain);
}

TEST_CASE("The glob matcher agrees with the same glob as RE2 on random texts") {
  std::mt19937 random(99);
  const auto text = [&](const char* letters, std::size_t most) {
    std::string out;
    for (std::size_t n = random() % (most + 1); n > 0; --n) out += letters[random() % 4];
    return out;
  };
  std::size_t hits = 0;
  for (int round = 0; round < 2'000; ++round) {
    const std::string glob = text("ab/*", 8);
    const char separator = random() % 3 == 0 ? '\0' : '/';
    const re2::RE2 regex(glob_to_regex(glob, separator), re2::RE2::Latin1);
    REQUIRE(regex.ok());
    for (int i = 0; i < 20; ++i) {
      const std::string value = text("ab/b", 10);
      const bool expected = re2::RE2::PartialMatch(value, regex);
      INFO(glob << " on " << value);
      REQUIRE(glob_match(glob, value, separator) == expected);
      hits += expected ? 1 : 0;
    }
  }
  CHECK(hits > 500);
}

TEST_CASE("Only globs that could take quadratic time are left to RE2") {
  CHECK(glob_needs_regex("/**/a*", '/'));
  CHECK_FALSE(glob_needs_regex("/*/a**", '/'));
  CHECK_FALSE(glob_needs_regex("/**/a**", '/'));
  CHECK_FALSE(glob_needs_regex("**a*", '\0'));
}

TEST_CASE("RE2 between slashes is searched for and obeys anchors and flags") {
  CHECK(matches("/curl/", "my curl 8", '\0'));
  CHECK_FALSE(matches("/^curl/", "my curl 8", '\0'));
  CHECK(matches("/(?i)CURL/", "my curl 8", '\0'));
  CHECK_FALSE(matches("/CURL/", "my curl 8", '\0'));
  CHECK(matches("/^/v[12]/$/", "/v2/", '/'));
  CHECK_FALSE(matches("/a.b/", "a\nb", '\0'));
  CHECK(matches("/(?s)a.b/", "a\nb", '\0'));
}

TEST_CASE("A byte that is not UTF-8 does not hide text from RE2") {
  CHECK(matches("/drop.*table/", "drop \xFF table", '\0'));
  CHECK(matches("/drop.*table/", "drop \xC3 table", '\0'));
  CHECK(matches("/^d\xC3\xA9j\xC3\xA0$/", "d\xC3\xA9j\xC3\xA0", '\0'));
  CHECK(matches("/^d.j.$/", "d\xC3\xA9j\xC3\xA0", '\0'));
}

TEST_CASE("UTF-8 is repaired byte by byte and left alone when it is well-formed") {
  CHECK_FALSE(repair_utf8("plain text of more than eight bytes"));
  CHECK_FALSE(repair_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  CHECK(repair_utf8("a\xC3") == "a\xEF\xBF\xBD");
  CHECK(repair_utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(repair_utf8("\xED\xA0\x80z") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(repair_utf8("\xF4\x90\x80\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("Patterns that mean nothing or two things are refused") {
  const auto refused = [](std::string_view pattern, char separator) {
    const Result<Pattern> parsed = Pattern::parse(pattern, separator);
    INFO(pattern);
    REQUIRE_FALSE(parsed);
    return parsed.error().detail;
  };
  CHECK_THAT(refused("/[/", '\0'), Catch::Contains("missing ]"));
  CHECK_THAT(refused("/(a/", '\0'), Catch::Contains("missing"));
  CHECK_THAT(refused("//", '\0'), Catch::Contains("empty"));
  CHECK_THAT(refused("", '\0'), Catch::Contains("empty"));
  CHECK_THAT(refused("/admin/", '/'), Catch::Contains("either a path or RE2"));
  CHECK_THAT(refused("/v1/a.b/*/", '/'), Catch::Contains("either a path or RE2"));
  CHECK_THAT(refused("/((((((a{100}){100}){100}){100}){100}){100})/", '\0'),
             Catch::Contains("RE2"));
  CHECK(Pattern::parse("/admin/", '\0'));
  CHECK(Pattern::parse("/", '/'));
  CHECK(Pattern::parse(std::string(kPatternBytes, 'a'), '\0'));
  CHECK_FALSE(Pattern::parse(std::string(kPatternBytes + 1, 'a'), '\0'));
}

TEST_CASE("The look before a match spares the match and never hides one") {
  const Pattern glob = Pattern::parse("public.secret*.x", '.').value();
  for (const char* other : {"", "p", "public.secre", "public.orders.x", "Public.secret1.x"})
    CHECK_FALSE(glob.may_match(other));
  CHECK(glob.may_match("public.secret1.y"));
  CHECK(glob.may_match(std::string(kTestedBytes + 1, 'x')));  // which a match leaves untested
}

TEST_CASE("Values are tested up to their limit and not beyond") {
  const Result<Pattern> glob = Pattern::parse("a*", '\0');
  const Result<Pattern> regex = Pattern::parse("/^a+$/", '\0');
  const Result<Pattern> exact = Pattern::parse("a", '\0');
  const std::string longest(kTestedBytes, 'a');
  CHECK(glob->match(longest) == Pattern::Match::kYes);
  CHECK(regex->match(longest) == Pattern::Match::kYes);
  CHECK(glob->match(longest + "a") == Pattern::Match::kUntested);
  CHECK(regex->match(longest + "a") == Pattern::Match::kUntested);
  CHECK(exact->match(longest + "a") == Pattern::Match::kNo);
}

}  // namespace
}  // namespace sallyport::policy
