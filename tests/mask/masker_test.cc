// What takes the place of a hit, and what is wrong with settings.
#include "policy/mask/masker.h"

#include <catch2/catch.hpp>

#include "tests/mask/cases.h"

using namespace sallyport;
using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

Settings hashed(const std::string& key = "0123456789abcdef") {
  Settings settings;
  settings.styles = Settings::all_in(MaskStyle::kHash);
  settings.key = config::SecretBytes(key);
  return settings;
}

std::string problem(Settings settings) {
  auto masker = Masker::make(std::move(settings));
  return masker ? "" : masker.error().detail;
}

}  // namespace

TEST_CASE("redact shows neither the value nor its length") {
  const Masker masker = make_masker();
  CHECK(masker.mask("a 4111 1111 1111 1111, bob@example.com") == "a ****, ****");
}

TEST_CASE("partial keeps four characters, of values long enough") {
  Settings settings;
  settings.styles = Settings::all_in(MaskStyle::kPartial);
  settings.patterns = {{"code", "C[0-9é]+", MaskStyle::kPartial}};
  const Masker masker = make_masker(std::move(settings));
  CHECK(masker.mask("3782-822463-10005") == "****0005");
  CHECK(masker.mask("219 09 9998") == "****9998");
  CHECK(masker.mask("DE89 3704 0044 0532 0130 00") == "****3000");
  CHECK(masker.mask("1.2.3.4") == "****");
  CHECK(masker.mask("C123 C123é567") == "**** ****é567");
  CHECK(masker.mask("-----BEGIN PRIVATE KEY-----\n" + std::string(64, 'A') +
                    "\n-----END PRIVATE KEY-----") == "****");
}

TEST_CASE("hash gives the same token for the same value, however it is written") {
  const Masker masker = make_masker(hashed());
  const std::string card = masker.mask("4111111111111111");
  CHECK(card.starts_with("card_"));
  CHECK(card.size() == 5 + 16);
  CHECK(masker.mask("4111-1111-1111-1111") == card);
  CHECK(masker.mask("4012888888881881") != card);
  CHECK(masker.mask("Bob@Example.com") == masker.mask("bob@example.com"));
  CHECK(masker.mask("(415) 555-0132") == masker.mask("+14155550132"));
  CHECK(masker.mask("de89370400440532013000") == masker.mask("DE89 3704 0044 0532 0130 00"));
  CHECK(make_masker(hashed("fedcba9876543210")).mask("4111111111111111") != card);
  // A token is not found again.
  CHECK(masker.mask(card) == card);
}

TEST_CASE("wrong settings are refused with what is wrong about them") {
  CHECK(problem(hashed("short")) == "'hash' needs a key of at least 16 bytes");
  auto with = [](std::vector<NamedPattern> patterns) {
    Settings settings;
    settings.patterns = std::move(patterns);
    return problem(std::move(settings));
  };
  CHECK(with({{"a", "x"}, {"a", "y"}}) == "pattern 'a' is there twice");
  CHECK(with({{"card", "x"}}) == "pattern 'card' has the name of a detector");
  CHECK(with({{"1", "x"}}).find("needs a name") != std::string::npos);
  CHECK(with({{"a", "("}}).find("is not RE2") != std::string::npos);
  CHECK(with({{"a", "x*"}}).find("matches the empty text") != std::string::npos);
  CHECK(with({{"a", std::string(5'000, 'x')}}).find("longer than") != std::string::npos);
  CHECK(with({{"a", "(((((x{30}){30}){30})))"}}).find("is not RE2") != std::string::npos);
  CHECK(with(std::vector<NamedPattern>(65, {"a", "x"})) == "there can be 64 patterns");
}
