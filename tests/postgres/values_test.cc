#include "protocols/postgres/values.h"

#include <catch2/catch.hpp>

using namespace sallyport::postgres;
using namespace std::string_literals;

TEST_CASE("Common binary values are shown as text") {
  CHECK(value_text(23, 1, "\xff\xff\xff\xfe"s) == "-2");
  CHECK(value_text(21, 1, "\1\0"s) == "256");
  CHECK(value_text(20, 1, "\0\0\0\1\0\0\0\0"s) == "4294967296");
  CHECK(value_text(16, 1, "\1"s) == "t");
  CHECK(value_text(701, 1, "\x3f\xf8\0\0\0\0\0\0"s) == "1.5");
  CHECK(value_text(25, 1, "text") == "text");
  CHECK(value_text(3802, 1, "\1{}"s) == "{}");
  CHECK(value_text(2950, 1, "0123456789abcdef") == "30313233-3435-3637-3839-616263646566");
}

TEST_CASE("What is not known in binary is shown in hexadecimal") {
  CHECK(value_text(1700, 1, "\0\1"s) == "\\x0001");
  CHECK(value_text(23, 1, "\1"s) == "\\x01");
  CHECK(value_text(99999, 1, "ab") == "\\x6162");
  CHECK(value_text(99999, 0, "ab") == "ab");
}

TEST_CASE("Rows and columns are JSON") {
  std::string out;
  append_row_json(out, {"a\"b", std::nullopt, "\0\0\0\5"s}, {{}, {}, {"n", 23, 1}});
  CHECK(out == "[\"a\\\"b\",null,\"5\"]\n");
  CHECK(columns_json({{"id", 23, 0}, {"x", 77, 0}}) ==
        "[{\"name\":\"id\",\"type\":\"integer\"},{\"name\":\"x\",\"type\":\"77\"}]");
}
