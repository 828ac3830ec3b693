#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/identity/limits.h"
#include "core/identity/strict_json.h"

namespace sallyport::identity {
namespace {

std::string verdict(std::string_view text) {
  nlohmann::json out;
  const Result<void> parsed = parse_strict_json(text, out);
  return parsed ? "ok" : parsed.error().detail;
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST_CASE("JSON is read into the same values") {
  nlohmann::json out;
  REQUIRE(parse_strict_json(R"({"a":[1,-2,3.5,true,null,"\u00e4"],"b":{"c":{}}})", out));
  CHECK(out == nlohmann::json::parse(R"({"a":[1,-2,3.5,true,null,"ä"],"b":{"c":{}}})"));
}

TEST_CASE("A repeated member name is refused at any depth") {
  CHECK(verdict(R"({"a":1,"a":1})") == "repeats a member name");
  CHECK(verdict(R"([{"b":{"a":1,"c":2,"a":3}}])") == "repeats a member name");
  CHECK(verdict(R"({"a":1,"\u0061":1})") == "repeats a member name");
  CHECK(verdict(R"({"a":{"a":1},"b":{"a":1}})") == "ok");
}

TEST_CASE("What readers could take differently is refused") {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("{\"a\":1}\0x", 9),
        std::string_view("\xEF\xBB\xBF{}"), std::string_view("{} {}"), std::string_view("{'a':1}"),
        std::string_view("{\"a\":1,}"), std::string_view("[NaN]"), std::string_view("[1e999]"),
        std::string_view("[01]"), std::string_view("\"\xff\""), std::string_view("\"\\ud800\""),
        std::string_view("// c\n{}"), std::string_view("{\"a\":1")}) {
    CAPTURE(text);
    CHECK(verdict(text) == "is not JSON");
  }
}

TEST_CASE("Depth and number of values are taken to their limits and not beyond") {
  CHECK(verdict(nested(kJsonDepth)) == "ok");
  CHECK(verdict(nested(kJsonDepth + 1)) == "is nested too deep");
  CHECK(verdict(std::string(1'000'000, '[')) == "is nested too deep");
  const auto list = [](std::size_t values) {
    std::string text = "[0";
    for (std::size_t i = 1; i < values; ++i) text += ",0";
    return text + "]";
  };
  CHECK(verdict(list(kJsonValues - 1)) == "ok");
  CHECK(verdict(list(kJsonValues)) == "has too many values");
}

}  // namespace
}  // namespace sallyport::identity
