// application/x-www-form-urlencoded: decoded, masked and encoded again. All values are made up.
#include <catch2/catch.hpp>

#include "policy/mask/masking.h"
#include "tests/mask/cases.h"

using namespace sallyport;
using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

std::string masked(const std::string& text, Settings settings = {}) {
  CAPTURE(text);
  return in_every_cut(*make_masking(make_masker(std::move(settings))), TextFormat::kForm, text);
}

}  // namespace

TEST_CASE("form: names and values are looked at decoded") {
  CHECK(masked("a=1&mail=bob%40example.com&b=%c3%A9+x") == "a=1&mail=****&b=%c3%A9+x");
  CHECK(masked("card=4111+1111+1111+1111") == "card=****");
  CHECK(masked("card=4111%201111%201111%201111&x") == "card=****&x");
  CHECK(masked("phone=%2B1+415+555+0132") == "phone=****");
  CHECK(masked("text=call+%2b14155550132+now") == "text=call+****+now");
  CHECK(masked("bob%40example.com=1&=4111111111111111") == "****=1&=****");
  CHECK(masked("%6Dail=%62ob@example.co%6d") == "%6Dail=****");
}

TEST_CASE("form: a name stands before its value") {
  CHECK(masked("ssn=219099998&id=1") == "ssn=****&id=1");
  CHECK(masked("s%73n=219099998") == "s%73n=****");
  CHECK(masked("id=219099998") == "id=219099998");
}

TEST_CASE("form: what is not encoded as it should be comes out as it is") {
  CHECK(masked("%zz=%4&%") == "%zz=%4&%");
  CHECK(masked("") == "");
  CHECK(masked("&&==&=") == "&&==&=");
  CHECK(masked("%4gbob@example.com%") == "%****%");
}

TEST_CASE("form: a hit never joins two pairs, nor a name and its value") {
  Settings settings;
  settings.patterns = {{"p", "secret.*end"}};
  CHECK(masked("secret=1%262&x=y&end=3", std::move(settings)) == "****=****&****=****&****=3");
  Settings inside;
  inside.patterns = {{"p", "a=b=c"}};
  CHECK(masked("x=a=b=c&y=a%3Db%3Dc&a=b=c", std::move(inside)) == "x=****&y=****&****=****");
}

TEST_CASE("form: what takes a value's place is encoded") {
  Settings settings;
  settings.patterns = {{"p", "id .*;", MaskStyle::kPartial}};
  CHECK(masked("v=id+abcdefgh+%26%c3%a9;", std::move(settings)) == "v=****+%26%C3%A9%3B");
}
