// What JSON pointers lead to is masked whatever it looks like, and where a text stops being JSON
// nothing more comes out. All values are made up.
#include "policy/mask/places.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "policy/mask/limits.h"
#include "policy/mask/masking.h"
#include "tests/mask/cases.h"

using namespace sallyport;
using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

Settings nothing() {
  Settings settings;
  settings.detectors = {};
  settings.key = config::SecretBytes("0123456789abcdef");
  return settings;
}

std::shared_ptr<const Masking> masking(const std::vector<Pointer>& pointers,
                                       Settings settings = nothing()) {
  auto made = make_masking(make_masker(std::move(settings)), pointers);
  REQUIRE(made.ok());
  return *made;
}

std::string masked(const std::string& text, const std::vector<Pointer>& pointers,
                   Settings settings = nothing()) {
  CAPTURE(text);
  const bool valid = nlohmann::json::accept(text);
  const std::string out =
      in_every_cut(*masking(pointers, std::move(settings)), TextFormat::kJson, text);
  CHECK(nlohmann::json::accept(out) >= valid);
  return out;
}

std::string at(const std::string& pointer, const std::string& text,
               MaskStyle style = MaskStyle::kRedact) {
  return masked(text, {{pointer, style}});
}

}  // namespace

TEST_CASE("pointers: a value of any type is masked at its place and nowhere else") {
  CHECK(at("/a", R"({"a":"x","b":"x"})") == R"({"a":"****","b":"x"})");
  CHECK(at("/a", R"({ "a" : -1.5e3 , "b" : 1 })") == R"({ "a" : "****" , "b" : 1 })");
  CHECK(at("/a", R"({"a":true,"b":false})") == R"({"a":"****","b":false})");
  CHECK(at("/a", R"({"a":{"b":["}",{"a":"\""}]},"c":1})") == R"({"a":"****","c":1})");
  CHECK(at("/a", R"({"a":[],"b":{"a":1}})") == R"({"a":"****","b":{"a":1}})");
  CHECK(at("/a/b", R"({"a":{"b":1,"c":{"b":2}},"b":3})") ==
        R"({"a":{"b":"****","c":{"b":2}},"b":3})");
  CHECK(at("/1/x", R"([{"x":1},{"x":2},{"x":3}])") == R"([{"x":1},{"x":"****"},{"x":3}])");
  CHECK(at("/1", R"({"1":1,"01":2})") == R"({"1":"****","01":2})");
  CHECK(at("", R"({"a":1} [2] "x" 3)") == R"("****" "****" "****" "****")");
  CHECK(at("/", R"({"":1,"a":2})") == R"({"":"****","a":2})");
  CHECK(at("/a~1b/m~0n", R"({"a/b":{"m~n":1}})") == R"({"a/b":{"m~n":"****"}})");
}

TEST_CASE("pointers: null stays null") {
  CHECK(at("/*", R"({"a":null,"b":"null","c":[null]})") == R"({"a":null,"b":"****","c":"****"})");
}

TEST_CASE("pointers: '*' leads to every member and every element") {
  CHECK(at("/customers/*/salary",
           R"({"customers":[{"salary":1,"name":"a"},{"salary":2}],"salary":3})") ==
        R"({"customers":[{"salary":"****","name":"a"},{"salary":"****"}],"salary":3})");
  CHECK(at("/customers/*/salary", R"({"customers":{"x":{"salary":1},"y":7}})") ==
        R"({"customers":{"x":{"salary":"****"},"y":7}})");
  CHECK(at("/*/*", "[[1,2],3,[[4]],{\"a\":5}]") == R"([["****","****"],3,["****"],{"a":"****"}])");
}

TEST_CASE("pointers: a name matches however it is written, and every time it is there") {
  CHECK(at("/salary", R"({"sal\u0061ry":1,"salary":2,"SALARY":3,"sal\\ary":4})") ==
        R"({"sal\u0061ry":"****","salary":"****","SALARY":3,"sal\\ary":4})");
  CHECK(at("/\"é😀", R"({"\"\u00e9\ud83d\ude00":1,"é":2})") ==
        R"({"\"\u00e9\ud83d\ude00":"****","é":2})");
  CHECK(at("/ab", R"({"\u0061\u0062":1,"\u0061\u0062\u0063":2})") ==
        R"({"\u0061\u0062":"****","\u0061\u0062\u0063":2})");
  const std::string name(100'000, 'x');
  CHECK(masking({{"/*", {}}})->apply(fmt::format("{{\"{}\":1}}", name), TextFormat::kJson) ==
        fmt::format("{{\"{}\":\"****\"}}", name));
}

TEST_CASE("pointers: partial and hash of scalars") {
  CHECK(at("/a", R"({"a":"some val\u0075e\n\""})", MaskStyle::kPartial) == R"({"a":"****ue\n\""})");
  CHECK(at("/a", R"({"a":12345678})", MaskStyle::kPartial) == R"({"a":"****5678"})");
  CHECK(at("/a", R"({"a":"short"})", MaskStyle::kPartial) == R"({"a":"****"})");
  CHECK(at("/a", R"({"a":{"b":"a long value"}})", MaskStyle::kPartial) == R"({"a":"****"})");
  const auto json = nlohmann::json::parse(
      at("/*", R"({"a":"b\u006fb","b":"bob","c":12,"d":"12","e":[1],"f":"x"})", MaskStyle::kHash));
  CHECK(json["a"].get<std::string>().starts_with("value_"));
  CHECK(json["a"] == json["b"]);
  CHECK(json["c"] == json["d"]);
  CHECK(json["f"] != json["a"]);
  CHECK(json["e"] == "****");
  CHECK(at("/salary", R"({"salary":1})", MaskStyle::kHash).starts_with(R"({"salary":"salary_)"));
  const std::string big = fmt::format("[\"{}\"]", std::string(kPlaceBytes + 1, 'x'));
  CHECK(masking({{"/0", MaskStyle::kPartial}})->apply(big, TextFormat::kJson) == R"(["****"])");
  CHECK(masking({{"/0", MaskStyle::kPartial}})
            ->apply(big.substr(0, kPlaceBytes + 2) + "\"]", TextFormat::kJson) ==
        R"(["****xxxx"])");
}

TEST_CASE("pointers: the strictest of several, and of what detectors find in the value") {
  CHECK(masked(R"({"a":"a long value"})",
               {{"/a", MaskStyle::kPartial}, {"/*", MaskStyle::kRedact}}) == R"({"a":"****"})");
  CHECK(masked(R"({"a":"bob@example.com","b":"a long value"})", {{"/*", MaskStyle::kPartial}},
               Settings{}) == R"({"a":"****","b":"****alue"})");
  CHECK(masked(R"({"ssn":219099998,"id":219099998})", {{"/*", MaskStyle::kPartial}}, Settings{}) ==
        R"({"ssn":"****","id":"****9998"})");
  CHECK(masked(R"({"bob@example.com":{"pay":1},"m":"bob@example.com"})",
               {{"/bob@example.com/pay", MaskStyle::kRedact}},
               Settings{}) == R"({"****":{"pay":"****"},"m":"****"})");
}

TEST_CASE("pointers: where a text stops being JSON nothing more comes out") {
  CHECK(at("/a", "{'a': 1}") == "{****");
  CHECK(at("/a", R"({"b":1,} {"a":1})") == R"({"b":1,****)");
  CHECK(at("/a", R"({"b":1]"a":1})") == R"({"b":1****)");
  CHECK(at("/a", R"({"b" "a":1})") == R"({"b" ****)");
  CHECK(at("/a", R"({"b":[1 2],"a":1})") == R"({"b":[1 ****)");
  CHECK(at("/a", R"({"b":01,"a":1})") == R"({"b":****)");
  CHECK(at("/a", R"({b:1,"a":1})") == "{****");
  CHECK(at("/a", "salary: 12") == "****");
  CHECK(at("/a", R"({"a":1}] 7)") == R"({"a":"****"}****)");
  CHECK(at("/a", R"({"a":tru)") == R"({"a":****)");
  CHECK(at("/a", R"({"a":"unfinished)") == R"({"a":"****")");
  CHECK(at("/a", R"({"a":"unfinished)", MaskStyle::kHash) == R"({"a":"****")");
  CHECK(at("/a", R"({"a":[1,2)") == R"({"a":"****")");
  CHECK(at("/a", R"({"a":12)") == R"({"a":"****")");
}

TEST_CASE("pointers: what some programs write is followed all the same") {
  CHECK(at("/a", "\xEF\xBB\xBF{\"a\":1}") == "\xEF\xBB\xBF{\"a\":\"****\"}");
  CHECK(at("/a", "{\"b\":NaN,\"c\":-Infinity,\"a\":NaN}") ==
        "{\"b\":NaN,\"c\":-Infinity,\"a\":\"****\"}");
  CHECK(at("/a", "{\"a\":1}\n{\"a\":2}\n") == "{\"a\":\"****\"}\n{\"a\":\"****\"}\n");
  CHECK(at("/a", "\x1E{\"a\":1}\n\x1E{\"a\":2}\n") ==
        "\x1E{\"a\":\"****\"}\n\x1E{\"a\":\"****\"}\n");
  CHECK(at("/a", "{\"b\":\"a\tb\nc\\x\",\"a\":1}") == "{\"b\":\"a\tb\nc\\x\",\"a\":\"****\"}");
}

TEST_CASE("pointers: what is nested deeper than the limit is masked") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "7" + std::string(depth, ']');
  };
  const auto all = masking({{"/a", {}}});
  CHECK(all->apply(nested(kJsonDepth), TextFormat::kJson) == nested(kJsonDepth));
  CHECK(all->apply(nested(kJsonDepth + 1), TextFormat::kJson) ==
        std::string(kJsonDepth, '[') + "\"****\"" + std::string(kJsonDepth, ']'));
  CHECK(all->apply(std::string(1'000'000, '['), TextFormat::kJson).size() == kJsonDepth + 6);
}

TEST_CASE("pointers: valid texts of JSONTestSuite come out as they are") {
  const auto none = masking({{"/no such name", {}}});
  const std::string path = shared_vectors("json/jsontestsuite_parsing.jsonl");
  std::ifstream file(path);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    if (!json.contains("b64")) continue;
    const std::string text = decode_base64(json["b64"]);
    const std::string out = in_every_cut(*none, TextFormat::kJson, text);
    INFO(json["name"]);
    if (json["expect"] == "accept") CHECK(out == text);
    ++count;
  }
  if (count == 0) WARN("not there: " << path);
}
