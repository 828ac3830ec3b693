#include "core/json_writer.h"

#include <catch2/catch.hpp>

namespace sallyport {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("Members, arrays and nesting get their commas and colons") {
  std::string out;
  JsonWriter json(out);
  json.begin_object().text("a", "x").number("b", 7).boolean("c", true).null("d");
  json.begin_array("e").text({}, "1").number({}, 2).begin_object().end_object().end_array();
  json.raw("f", "[]").end_object();
  CHECK(out == R"({"a":"x","b":7,"c":true,"d":null,"e":["1",2,{}],"f":[]})");
}

TEST_CASE("An empty array element and an empty key are told apart by the writer's own rules") {
  std::string out;
  JsonWriter json(out);
  json.begin_array().text({}, "").text({}, "").end_array();
  CHECK(out == R"(["",""])");
}

TEST_CASE("Strings are escaped so that the output is one line of ASCII control-free UTF-8") {
  CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(quoted("\n\r\t") == R"("\n\r\t")");
  CHECK(quoted(std::string_view("\0\x1b\x7f", 3)) == R"("\u0000\u001b\u007f")");
  CHECK(quoted("\xE2\x80\xA8\xE2\x80\xA9") == R"("\u2028\u2029")");
  CHECK(quoted("gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x91") == "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x91\"");
}

TEST_CASE("Bytes that are not UTF-8 become replacement characters, never pass through") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(quoted("\xFF") == "\"" + r + "\"");
  CHECK(quoted("a\xC3") == "\"a" + r + "\"");                        // cut short
  CHECK(quoted("\xC0\xAF") == "\"" + r + r + "\"");                  // overlong
  CHECK(quoted("\xED\xA0\x80") == "\"" + r + r + r + "\"");          // surrogate
  CHECK(quoted("\xF4\x90\x80\x80") == "\"" + r + r + r + r + "\"");  // beyond U+10FFFF
  CHECK(quoted("\xE0\x9F\xBF") == "\"" + r + r + r + "\"");          // overlong of three
}

}  // namespace sallyport
