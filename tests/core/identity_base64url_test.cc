#include <catch2/catch.hpp>

#include "core/identity/base64url.h"

namespace sallyport::identity {
namespace {

TEST_CASE("base64url gives back what was put in") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
    bytes += static_cast<char>(i * 7);
  }
  CHECK(base64url_encode("\xfb\xff") == "-_8");
  CHECK(base64url_decode("") == "");
}

TEST_CASE("base64url that is padded, spaced, of another alphabet or not canonical is refused") {
  for (const char* text :
       {"Zg==", "Zg=", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm+v", "Zm/v", "Zh", "Zm9=", "Zm9",
        "\xc3\xa4"
        "aa"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
  CHECK(base64url_decode("Zg") == "f");
  CHECK(base64url_decode("Zm8") == "fo");
  CHECK_FALSE(base64url_decode(std::string_view("Zm9v\0", 5)));
}

}  // namespace
}  // namespace sallyport::identity
