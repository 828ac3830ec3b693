// JSON: strings are looked at decoded, what takes a value's place leaves valid JSON valid, all else
// comes out byte for byte. All values are made up.
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

std::string masked(const std::string& text, Settings settings = {}) {
  CAPTURE(text);
  const bool valid = nlohmann::json::accept(text);
  const std::string out =
      in_every_cut(*make_masking(make_masker(std::move(settings))), TextFormat::kJson, text);
  CHECK(nlohmann::json::accept(out) >= valid);
  return out;
}

Settings with(MaskStyle style, std::vector<NamedPattern> patterns = {}) {
  Settings settings;
  settings.styles = Settings::all_in(style);
  settings.patterns = std::move(patterns);
  for (NamedPattern& pattern : settings.patterns) pattern.style = style;
  settings.key = config::SecretBytes("0123456789abcdef");
  return settings;
}

}  // namespace

TEST_CASE("JSON: strings are looked at with their escapes decoded") {
  CHECK(masked(R"({"mail":"bob@example.com","n":1})") == R"({"mail":"****","n":1})");
  CHECK(masked(R"({"mail":"bob\u0040example.com"})") == R"({"mail":"****"})");
  CHECK(masked(R"(["\u0062ob@ex\u0061mple.com\n"])") == R"(["****\n"])");
  CHECK(masked(R"(["\u0434\u0430@example.com, \ud83d\ude00 x"])") == R"(["****, \ud83d\ude00 x"])");
  CHECK(masked(R"(["a\"bob@example.com\"b"])") == R"(["a\"****\"b"])");
  CHECK(masked(R"(["\/bob@example.com\/"])") == R"(["\/****\/"])");
  CHECK(masked(R"({"aws_secret_access_key":"wJalrXUtnFEMI\/K7MDENG\/bPxRfiCYEXAMPLEKEY"})") ==
        R"({"aws_secret_access_key":"****"})");
  CHECK(masked(R"({"4111111111111111":{"bob\u0040example.com":[]}})") == R"({"****":{"****":[]}})");
  CHECK(
      masked(
          R"(["-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n"])") ==
      R"(["****\n"])");
  CHECK(masked("[\"-----BEGIN PRIVATE KEY-----\\u000aMIIEvQIBADANBgkqhkiG9w0B\\u000a-----END "
               "PRIVATE KEY-----\"]") == R"(["****"])");
}

TEST_CASE("JSON: what stands before a value counts, through names and escapes") {
  CHECK(masked(R"({"ssn":"219099998"})") == R"({"ssn":"****"})");
  CHECK(masked(R"({"ssn": 219099998})") == R"({"ssn": "****"})");
  CHECK(masked(R"({"s\u0073n":219099998})") == R"({"s\u0073n":"****"})");
  CHECK(masked(R"({"id":219099998})") == R"({"id":219099998})");
  CHECK(masked(R"({"appVersion":"10.2.3.4","host":"10.2.3.4"})") ==
        R"({"appVersion":"10.2.3.4","host":"****"})");
}

TEST_CASE("JSON: a number or literal that is hit becomes a string") {
  CHECK(masked("[4111111111111111]") == R"(["****"])");
  CHECK(masked("{\"c\":-4111111111111111 }") == "{\"c\":\"****\" }");
  CHECK(masked("4111111111111111") == R"("****")");
  CHECK(masked("\xEF\xBB\xBF"
               "4111111111111111\n") == "\xEF\xBB\xBF\"****\"\n");
  CHECK(masked("[4111111111111111]", with(MaskStyle::kPartial)) == R"(["****1111"])");
  CHECK(masked("4111 1111 1111 1111") == R"("****" "****" "****" "****")");
  CHECK(masked("[123,true]", with(MaskStyle::kRedact, {{"p", "2|ru"}})) == R"(["****","****"])");
  CHECK(masked("[1.25e7,-0]", with(MaskStyle::kRedact, {{"p", "5e"}})) == R"(["****",-0])");
}

TEST_CASE("JSON: a hit that reaches over the end of a string is masked on either side of it") {
  const auto settings = [] { return with(MaskStyle::kPartial, {{"p", "secret.*end"}}); };
  CHECK(masked(R"({"secret":"abcdefgh","x":12,"end":null})", settings()) ==
        R"({"****":"****","****":"****","****":null})");
  CHECK(masked(R"(["a secret and its end."])", settings()) == R"(["a **** end."])");
  CHECK(
      masked(
          R"({"a":"-----BEGIN PRIVATE KEY-----","b":"MIIEvQIBADANBgkqhkiG9w0BAQ","c":"-----END PRIVATE KEY-----"})") ==
      R"({"a":"****","****":"****","****":"****"})");
}

TEST_CASE("JSON: what takes a value's place is escaped") {
  CHECK(masked(R"(["id \"x\\yz\u0001\"9 end"])", with(MaskStyle::kPartial, {{"p", "id .*9"}})) ==
        R"(["****z\u0001\"9 end"])");
  const std::string hashed =
      masked(R"(["bob\u0040example.com","bob@example.com"])", with(MaskStyle::kHash));
  const auto json = nlohmann::json::parse(hashed);
  CHECK(json[0] == json[1]);
  CHECK(json[0].get<std::string>().starts_with("email_"));
}

TEST_CASE("JSON: what is no JSON is masked like text") {
  CHECK(masked("hello bob@example.com") == "hello ****");
  CHECK(masked("{'a': 'bob@example.com', 4111111111111111x") == "{'a': '****', ****x");
  CHECK(masked("{\"a\":NaN,\"m\":bob@example.com}") == "{\"a\":NaN,\"m\":****}");
  CHECK(masked("[\"bob@example.com") == "[\"****");
  CHECK(masked("\"a\\") == "\"a\\");
  CHECK(masked("\"\\ud83d") == "\"\\ud83d");
  CHECK(masked("\"\\u00 bob@example.com\\x\"") == "\"\\u00 ****\\x\"");
  CHECK(masked("[\"\\ud83d bob@example.com \\udead\"]") == "[\"\\ud83d **** \\udead\"]");
  CHECK(masked("\"broken\nbob@example.com \"4111111111111111\"\n{\"c\":4111111111111111}\n") ==
        "\"broken\n**** \"****\"\n{\"c\":\"****\"}\n");
  CHECK(masked("{\"n\":1}\n{\"mail\":\"bob\\u0040example.com\"}\n{}") ==
        "{\"n\":1}\n{\"mail\":\"****\"}\n{}");
}

TEST_CASE("JSON: a number of more than its limit is masked like text") {
  const auto masking = make_masking(make_masker(with(MaskStyle::kRedact, {{"p", "77"}})));
  for (std::size_t size : {kScalarBytes - 2, kScalarBytes - 1}) {
    const std::string number = "77" + std::string(size, '1');
    CHECK(masking->apply(number, TextFormat::kJson) ==
          (size + 2 > kScalarBytes ? "****" + std::string(size, '1') : "\"****\""));
  }
  const std::string clean(3 * kScalarBytes, '1');
  CHECK(masking->apply("[" + clean + "]", TextFormat::kJson) == "[" + clean + "]");
}

TEST_CASE("JSON: clean text is released at once, also behind an escape") {
  const auto stream = make_masking(make_masker())->open(TextFormat::kJson);
  std::string out;
  stream->feed(R"({"text":"a line,\n)", out);
  CHECK(out == R"({"text":"a line,\n)");
  stream->feed(R"(and \")", out);
  stream->feed(R"( more\u00)", out);
  stream->feed("e9\",", out);
  CHECK(out == R"({"text":"a line,\nand \" more\u00e9",)");
  stream->feed(std::string(100'000, ','), out);
  CHECK(out.size() > 100'000);
}

TEST_CASE("JSON: a token that exceeds its limit is masked to the end of its string") {
  const auto masking = make_masking(make_masker());
  const std::string token = "eyJhbGciOiJIUzI1NiJ9." + std::string(3 * kJwtBytes, 'x');
  const std::string text = "{\"t\":\"" + token + ".\\u0061\",\"n\":1}";
  for (std::size_t length : {1u, 997u, 5'000u, 1'000'000u}) {
    const auto stream = masking->open(TextFormat::kJson);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += length)
      stream->feed(std::string_view(text).substr(at, length), out);
    stream->finish(out);
    CHECK(out == R"({"t":"****","n":1})");
    CHECK(stream->masked() == 1);
  }
}

TEST_CASE("JSON: the texts of JSONTestSuite come out as they are") {
  const auto masking = make_masking(make_masker());
  for (const char* name : {"parsing", "transform"}) {
    const std::string path = shared_vectors(fmt::format("json/jsontestsuite_{}.jsonl", name));
    std::ifstream file(path);
    std::size_t count = 0;
    for (std::string line; std::getline(file, line); ++count) {
      const auto json = nlohmann::json::parse(line);
      INFO(json["name"]);
      std::string text;
      if (json.contains("b64")) text = decode_base64(json["b64"]);
      for (std::size_t i = 0; i < json.value("repeat", std::size_t{0}); ++i)
        text += json["gen"].get<std::string>();
      const std::string out = text.size() < 2'000 ? in_every_cut(*masking, TextFormat::kJson, text)
                                                  : masking->apply(text, TextFormat::kJson);
      CHECK(out == text);
    }
    if (count == 0) WARN("not there: " << path);
  }
}
