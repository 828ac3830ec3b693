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

TEST_CASE("Numbers, times and bytes in binary are shown as the server writes them") {
  CHECK(value_text(1700, 1, "\0\2\0\0\0\0\0\2\0\x0c\x0d\x48"s) == "12.34");
  CHECK(value_text(1700, 1, "\0\1\0\1\x40\0\0\0\0\5"s) == "-50000");
  CHECK(value_text(1700, 1, "\0\1\xff\xff\0\0\0\4\0\x01"s) == "0.0001");
  CHECK(value_text(1700, 1, "\0\0\0\0\0\0\0\0"s) == "0");
  CHECK(value_text(1700, 1, "\0\0\0\0\xc0\0\0\0"s) == "NaN");
  CHECK(value_text(701, 1, "\xff\xf0\0\0\0\0\0\0"s) == "-Infinity");
  CHECK(value_text(1082, 1, "\0\0\0\0"s) == "2000-01-01");
  CHECK(value_text(1082, 1, "\xff\xff\xff\xff"s) == "1999-12-31");
  CHECK(value_text(1082, 1, "\xff\xda\x97\xa7"s) == "4714-11-24 BC");
  CHECK(value_text(1082, 1, "\x7f\xff\xff\xff"s) == "infinity");
  CHECK(value_text(1114, 1, "\0\0\0\0\0\x0f\x42\x41"s) == "2000-01-01 00:00:01.000001");
  CHECK(value_text(1184, 1, "\xff\xff\xff\xff\xff\xff\xff\xff"s) ==
        "1999-12-31 23:59:59.999999+00");
  CHECK(value_text(1114, 1, "\x7f\xff\xff\xff\xff\xff\xff\xff"s) == "infinity");
  CHECK(value_text(1114, 1, "\x80\0\0\0\0\0\0\1"s) == "\\x8000000000000001");
  CHECK(value_text(1083, 1, "\0\0\0\x14\x1d\xd7\x5f\xff"s) == "23:59:59.999999");
  CHECK(value_text(17, 1, "\0\xff"s) == "\\x00ff");
}

TEST_CASE("Arrays in binary are shown as the server writes them") {
  const std::string head = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"s;
  CHECK(value_text(1009, 1, head + "\0\0\0\1a\xff\xff\xff\xff\0\0\0\4null"s) ==
        "{a,NULL,\"null\"}");
  CHECK(value_text(1009, 1, head + "\0\0\0\0\0\0\0\3a,b\0\0\0\2\"\\"s) ==
        "{\"\",\"a,b\",\"\\\"\\\\\"}");
  const std::string square = "\0\0\0\2\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\1"s;
  CHECK(value_text(1005, 1, square + "\0\0\0\2\0\1\0\0\0\2\0\2\0\0\0\2\0\3\0\0\0\2\0\4"s) ==
        "[0:1][1:2]={{1,2},{3,4}}");
  CHECK(value_text(1007, 1, "\0\0\0\0\0\0\0\0\0\0\0\x17"s) == "{}");
  // More elements than there are bytes, elements of another type, a dimension too many.
  CHECK(value_text(1009, 1, "\0\0\0\1\0\0\0\0\0\0\0\x19\x7f\xff\xff\xff\0\0\0\1"s)
            .starts_with("\\x"));
  CHECK(value_text(1007, 1, head).starts_with("\\x"));
  CHECK(value_text(1009, 1, "\0\0\0\7\0\0\0\0\0\0\0\x19"s).starts_with("\\x"));
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
