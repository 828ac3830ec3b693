#include "protocols/http/path.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "protocols/http/limits.h"

using namespace sallyport::http;

namespace {

struct Case {
  std::string target;
  std::string path;
  std::vector<std::string> ambiguous;
};

const std::vector<Case> kCases = {
    {"/", "/", {}},
    {"/a/b/", "/a/b/", {}},
    {"/%61dmin", "/admin", {}},
    {"/%7euser/%2Dx%5f", "/~user/-x_", {}},
    {"/caf%c3%a9", "/caf%C3%A9", {}},
    {"/a%3ab@c%40:d", "/a%3Ab@c%40:d", {}},
    {"/report.v1..2.pdf", "/report.v1..2.pdf", {}},
    {"/a%2epdf", "/a.pdf", {}},
    {"/...", "/...", {}},
    // Dot segments.
    {"/public/../admin", "/admin", {}},
    {"/public/./x/.", "/public/x/", {}},
    {"/a/b/..", "/a/", {}},
    {"/..", "/", {}},
    {"/../../admin", "/admin", {}},
    {"/public/%2e%2e/admin", "/admin", {"encoded_dot_segment"}},
    {"/public/.%2E/admin", "/admin", {"encoded_dot_segment"}},
    {"/public/%2e/admin", "/public/admin", {"encoded_dot_segment"}},
    {"/a/%2e%2e", "/", {"encoded_dot_segment"}},
    // What servers take differently.
    {"//admin", "//admin", {"empty_segment"}},
    {"/a//b", "/a//b", {"empty_segment"}},
    {"/a//../b", "/a/b", {"empty_segment"}},
    {"/public%2f..%2fadmin", "/public%2F..%2Fadmin", {"encoded_slash"}},
    {"/public%5cadmin", "/public%5Cadmin", {"encoded_backslash"}},
    {"/public\\..\\admin", "/public%5C..%5Cadmin", {"backslash"}},
    {"/%252e%252e/admin", "/%252e%252e/admin", {"double_encoding"}},
    {"/%25%32%65/admin", "/%252e/admin", {"double_encoding"}},
    {"/100%25", "/100%25", {}},
    {"/%c0%af../admin", "/%C0%AF../admin", {"overlong_utf8"}},
    {"/%e0%80%af", "/%E0%80%AF", {"overlong_utf8"}},
    {"/%f0%80%80%af", "/%F0%80%80%AF", {"overlong_utf8"}},
    {"/%ff", "/%FF", {"bad_utf8"}},
    {"/%c3", "/%C3", {"bad_utf8"}},
    {"/%ed%a0%80", "/%ED%A0%80", {"bad_utf8"}},
    {"/%f4%90%80%80", "/%F4%90%80%80", {"bad_utf8"}},
    {"/admin;x=1/y", "/admin;x=1/y", {"path_parameter"}},
    {"/..;/admin", "/..;/admin", {"path_parameter"}},
    {"/admin%3bx", "/admin%3Bx", {"path_parameter"}},
    {"/a%0d%0ab", "/a%0D%0Ab", {"control"}},
    {"/a%7f", "/a%7F", {"control"}},
    {"/admin%20", "/admin%20", {"edge_space"}},
    {"/%20admin/x", "/%20admin/x", {"edge_space"}},
    {"/two%20words", "/two%20words", {}},
    {"/%2f;//", "/%2F;//", {"empty_segment", "encoded_slash", "path_parameter"}},
    // Characters that clients send although no URI may hold them.
    {"/{id}|\"<x>`^[1]", "/%7Bid%7D%7C%22%3Cx%3E%60%5E%5B1%5D", {}},
};

RequestTarget parsed(std::string_view target, std::string_view method = "GET") {
  TargetResult result = parse_target(target, method);
  INFO(target);
  REQUIRE(result.target);
  return *result.target;
}

bool refused(std::string_view target, std::string_view method = "GET") {
  const TargetResult result = parse_target(target, method);
  return result.error && result.error->status == 400;
}

}  // namespace

TEST_CASE("a path has one spelling, and what servers take differently is named") {
  for (const Case& c : kCases) {
    INFO(c.target);
    const RequestTarget target = parsed(c.target);
    CHECK(target.path == c.path);
    CHECK(target.ambiguous == c.ambiguous);
    CHECK_FALSE(target.has_query);
  }
}

TEST_CASE("targets outside of the grammar are refused") {
  for (const std::string bad : {"",
                                "a",
                                "?x",
                                "*",
                                "/a#b",
                                "/%",
                                "/%4",
                                "/%zz",
                                "/%u002e",
                                "/%00",
                                "/a%00b",
                                "/?a=%00",
                                "/?a=%",
                                "/a b",
                                "/a\tb",
                                "/a\rb",
                                "/a\x7f",
                                "/\xc3\xa9",
                                "/?\xff",
                                "http:/x",
                                "http://",
                                "http://a#b",
                                "http://a\\b",
                                "http://u@a/",
                                "http://a:b/",
                                "ftp://a/",
                                "a.example:443",
                                "//"}) {
    INFO(bad);
    CHECK((bad == "//" ? !refused(bad) : refused(bad)));
  }
  CHECK(refused(std::string("/a\0b", 4)));
  CHECK(refused("a.example:443", "CONNECT"));
  CHECK(refused("/", "CONNECT"));
  CHECK(parsed("*", "OPTIONS").path == "*");
}

TEST_CASE("a query keeps its escapes in one spelling and its reserved characters") {
  const RequestTarget target = parsed("/s?q=%61%2f+b&a[]=1&u=https%253a//x/../y;z?&e={}");
  CHECK(target.query == "q=a%2F+b&a[]=1&u=https%253a//x/../y;z?&e=%7B%7D");
  CHECK(target.has_query);
  CHECK(target.ambiguous.empty());
  CHECK(target.to_string() == "/s?" + target.query);
  CHECK(parsed("/s?").has_query);
  CHECK(parsed("/s?").to_string() == "/s?");
  CHECK(parsed("/s?x=%c0%af").ambiguous == std::vector<std::string>{"overlong_utf8"});
  CHECK(parsed("/s?x=%e9").ambiguous == std::vector<std::string>{"bad_utf8"});
}

TEST_CASE("absolute-form yields the authority and the same path") {
  const RequestTarget target = parsed("HTTP://App.Internal:8080/a/../b?c");
  CHECK(target.scheme == "http");
  CHECK(target.authority == "app.internal:8080");
  CHECK(target.path == "/b");
  CHECK(target.query == "c");
  CHECK(parsed("http://a").path == "/");
  CHECK(parsed("http://a?x=/..").path == "/");
  CHECK(parsed("http://a?x=/..").query == "x=/..");
}

TEST_CASE("query pairs are decoded as forms are") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(query_pairs("a=1&b=x+y%2B&c&=d&&e==f") ==
        Pairs{{"a", "1"}, {"b", "x y+"}, {"c", ""}, {"", "d"}, {"e", "=f"}});
  CHECK(query_pairs("").empty());
  CHECK(query_pairs("a%3db=c").front().first == "a=b");
  std::string many = "/?a";
  for (std::size_t i = 1; i < kQueryPairs; ++i) many += "&a";
  CHECK(query_pairs(parsed(many).query).size() == kQueryPairs);
  CHECK(refused(many + "&a"));
}

TEST_CASE("normalising twice is normalising once") {
  std::mt19937 random(7);
  const std::vector<std::string> parts = {"/",   "/",      ".", "..",  "%2e", "%2F", "%25", "a",
                                          "%41", "%c3%a9", ";", "%5c", "\\",  "%20", "{",   "[",
                                          "%c0", "%7f",    "2", "e",   "%",   "?"};
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string target = "/";
    const std::size_t count = random() % 12;
    for (std::size_t i = 0; i < count; ++i) target += parts[random() % parts.size()];
    const TargetResult once = parse_target(target, "GET");
    if (!once.target) continue;
    ++accepted;
    const TargetResult twice = parse_target(once.target->to_string(), "GET");
    INFO(target);
    REQUIRE(twice.target);
    REQUIRE(twice.target->to_string() == once.target->to_string());
    REQUIRE(once.target->path.starts_with("/"));
    REQUIRE((once.target->path + "/").find("/../") == std::string::npos);
    REQUIRE((once.target->path + "/").find("/./") == std::string::npos);
  }
  REQUIRE(accepted > 5'000);
}
