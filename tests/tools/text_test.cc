#include "tools/cli/text.h"

#include <catch2/catch.hpp>

#include "tools/cli/values.h"

namespace sallyport::cli {

using namespace std::chrono_literals;

TEST_CASE("No byte of a terminal's control sequences survives printing") {
  CHECK(printable("\x1b]0;owned\x07") == "\\x1b]0;owned\\x07");
  CHECK(printable("a\x7f") == "a\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u{009b}31m");
  CHECK(printable("\xe2\x80\xae"
                  "evil") == "\\u{202e}evil");
  CHECK(printable("\x80\xff") == "\\x80\\xff");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  for (int byte = 0; byte < 256; ++byte) {
    std::string out = printable(std::string(1, static_cast<char>(byte)));
    for (char c : out) {
      INFO(byte);
      CHECK((c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f)));
    }
  }
}

TEST_CASE("Text of any script is printed as it is") {
  CHECK(printable("grün 日本 🚀") == "grün 日本 🚀");
}

TEST_CASE("Line breaks are kept in text and escaped in a line, and a lone CR never overwrites") {
  CHECK(printable("a\r\nb\tc\n") == "a\nb\tc\n");
  CHECK(printable("secret\rpublic") == "secret\\rpublic");
  CHECK(printable_line("a\r\nb\tc") == "a\\r\\nb\\tc");
}

TEST_CASE("A table aligns its columns by characters and makes its cells printable") {
  CHECK(table({"ID", "NAME", "LAST"}, {{"1", "grün", "x"}, {"22", "a\x1b", "y\nz"}}) ==
        "ID  NAME   LAST\n"
        "1   grün   x\n"
        "22  a\\x1b  y\\nz\n");
  CHECK(table({"A", "B"}, {}) == "A  B\n");
}

TEST_CASE("Base64 comes back as it was, and what is not base64 is refused") {
  for (std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    std::string back;
    REQUIRE(decode_base64(base64(text), back));
    CHECK(back == text);
  }
  CHECK(base64("foob") == "Zm9vYg==");
  std::string out;
  for (std::string bad : {"Zg=", "Z===", "Zg==Zg==", "Zm9v!mFy", "Zm9"})
    CHECK_FALSE(decode_base64(bad, out));
}

TEST_CASE("Bytes are text when they are UTF-8 without control characters") {
  CHECK(is_text("{\"a\": 1}\r\n\t"));
  CHECK(is_text("größe"));
  CHECK_FALSE(is_text(std::string("a\0b", 3)));
  CHECK_FALSE(is_text("\x1f\x8b\x08"));
  CHECK_FALSE(is_text("\xff"));
}

TEST_CASE("A hexadecimal excerpt shows at most what is asked for") {
  CHECK(hex_excerpt("ab\x01", 16) ==
        "00000000  61 62 01                                         ab.\n");
  CHECK(hex_excerpt("abcdef", 2) ==
        "00000000  61 62                                            ab\n");
}

TEST_CASE("Durations are numbers with a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("2") == 2s);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("8h") == 8h);
  CHECK(parse_duration("400d") == 400 * 24h);
  for (std::string_view bad : {"", "m", "-1s", "1w", "1.5h", "99999999999999999999d", "9999d"})
    CHECK_FALSE(parse_duration(bad).has_value());
}

TEST_CASE("Times are dates, dates with a time of day, or Unix seconds, always UTC") {
  WallTime day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  CHECK(parse_time("2026-11-23") == day);
  CHECK(parse_time("2026-11-23T15:04") == day + 15h + 4min);
  CHECK(parse_time("2026-11-23T15:04:05.678Z") == day + 15h + 4min + 5s + 678ms);
  CHECK(parse_time("2026-11-23 15:04:05") == day + 15h + 4min + 5s);
  CHECK(parse_time("1795392000") == day);
  for (std::string_view bad : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-23T25:00",
                               "2026-11-23T15:04:05.", "2026-11-23T15:04:05+01:00"})
    CHECK_FALSE(parse_time(bad).has_value());
}

}  // namespace sallyport::cli
