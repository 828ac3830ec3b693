// JSON pointers as RFC 6901 writes them, `*`, and what is refused.
#include "policy/mask/pointers.h"

#include <catch2/catch.hpp>

#include "policy/mask/limits.h"
#include "policy/mask/masking.h"
#include "tests/mask/cases.h"

using namespace sallyport;
using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

// True when the pointer ends at the place that these names lead to.
bool leads(const std::string& pointer, const std::vector<std::string>& names) {
  const auto pointers = Pointers::make({{pointer, MaskStyle::kRedact}});
  REQUIRE(pointers.ok());
  Pointers::Set set = pointers->all();
  for (std::size_t depth = 0; depth < names.size(); ++depth)
    set = pointers->into_member(set, depth, names[depth]);
  Pointers::Target target;
  return pointers->ends(set, names.size(), target);
}

std::string refused(const std::vector<Pointer>& pointers) {
  const auto result = make_masking(make_masker(), pointers);
  REQUIRE_FALSE(result.ok());
  return result.error().detail;
}

}  // namespace

TEST_CASE("a pointer leads to one place, and '*' to every member and element") {
  CHECK(leads("", {}));
  CHECK(leads("/", {""}));
  CHECK(leads("/a/b", {"a", "b"}));
  CHECK_FALSE(leads("/a/b", {"a"}));
  CHECK_FALSE(leads("/a", {"a", "b"}));
  CHECK_FALSE(leads("/a", {"A"}));
  CHECK(leads("/a~1b/m~0n", {"a/b", "m~n"}));
  CHECK(leads("/~01", {"~1"}));
  CHECK(leads("/a b/é%41", {"a b", "é%41"}));
  CHECK(leads("/customers/*/salary", {"customers", "17", "salary"}));
  CHECK(leads("/*", {""}));
  CHECK_FALSE(leads("/a*", {"ab"}));
  CHECK(leads("/a/", {"a", ""}));
}

TEST_CASE("an element's index is written without leading zeros") {
  const auto pointers = Pointers::make({{"/0", {}}, {"/00", {}}, {"/10", {}}, {"/-", {}}});
  REQUIRE(pointers.ok());
  CHECK(pointers->into_element(pointers->all(), 0, 0) == 0b0001);
  CHECK(pointers->into_element(pointers->all(), 0, 10) == 0b0100);
}

TEST_CASE("where several pointers lead, the strictest holds and gives the name") {
  const auto pointers = Pointers::make(
      {{"/*", MaskStyle::kPartial}, {"/a", MaskStyle::kHash}, {"/a~1b", MaskStyle::kPartial}});
  REQUIRE(pointers.ok());
  Pointers::Target target;
  REQUIRE(pointers->ends(pointers->into_member(pointers->all(), 0, "a"), 1, target));
  CHECK(target.style == MaskStyle::kHash);
  CHECK(target.name == "a");
  REQUIRE(pointers->ends(pointers->into_member(pointers->all(), 0, "a/b"), 1, target));
  CHECK(target.name == "value");
}

TEST_CASE("pointers that cannot be read are refused by name") {
  CHECK(refused({{"salary", {}}}) ==
        "JSON pointer 'salary' does not begin with '/', as in /customers/*/salary");
  CHECK(refused({{"/a~", {}}}).find("'/a~' has a '~' that is neither") != std::string::npos);
  CHECK(refused({{"/a~2", {}}}).find("has a '~'") != std::string::npos);
  CHECK(refused({{"/" + std::string(kPointerBytes, 'a'), {}}}).find("is longer than") !=
        std::string::npos);
  std::string deep;
  for (std::size_t i = 0; i <= kPointerDepth; ++i) deep += "/a";
  CHECK(refused({{deep, {}}}).find("has more than 64 reference tokens") != std::string::npos);
  CHECK(refused(std::vector<Pointer>(kPointers + 1, {"/a", {}})) ==
        "there can be 64 JSON pointers");
  CHECK(refused({{"/a", MaskStyle::kHash}}).find("'hash' needs a key") != std::string::npos);
  CHECK(make_masking(make_masker(), std::vector<Pointer>(kPointers, {"/a", {}})).ok());
  CHECK(Pointers::make(std::vector<Pointer>(kPointers, {"/a", {}}))->all() == ~Pointers::Set{0});
}

TEST_CASE("a masking with pointers covers only texts that have places") {
  const auto masking = make_masking(make_masker(), {{"/a", MaskStyle::kRedact}});
  REQUIRE(masking.ok());
  CHECK((*masking)->covers(TextFormat::kJson));
  CHECK((*masking)->covers(TextFormat::kEventStream));
  CHECK_FALSE((*masking)->covers(TextFormat::kPlain));
  CHECK_FALSE((*masking)->covers(TextFormat::kForm));
  CHECK(make_masking(make_masker())->covers(TextFormat::kPlain));
}
