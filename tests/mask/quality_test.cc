// Precision, recall and leaked characters over labelled texts: our own must reach the goals, those
// of others are reported with their differences (docs/masking.md).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/mask/cases.h"

using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

struct Score {
  std::size_t right = 0;
  std::size_t wrong = 0;
  std::size_t missed = 0;
  std::size_t secret = 0;  // characters (bytes) that must be masked
  std::size_t leaked = 0;  // of them, not masked
  double precision() const { return ratio(right, right + wrong); }
  double recall() const { return ratio(right, right + missed); }

 private:
  static double ratio(std::size_t part, std::size_t whole) {
    return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};
// The type that the lines of a tag are about: "pii-phone-neg-144" -> "PHONE". What is no telephone
// number there may well be an address.
std::string_view subject(std::string_view id) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSubjects{{
      {"pii-card-", "CREDIT_CARD"},
      {"pii-ssn-", "US_SSN"},
      {"pii-email-", "EMAIL"},
      {"pii-phone-", "PHONE"},
      {"pii-iban-", "IBAN"},
  }};
  for (const auto& [prefix, type] : kSubjects)
    if (id.starts_with(prefix)) return type;
  return {};
}

// Presidio's addresses cover both versions and their prefix lengths: of each, the quad is ours.
void keep_quad(Case& item) {
  std::erase_if(item.entities, [&item](Labelled& entity) {
    if (entity.type != "IP") return false;
    entity.type = "IPV4";
    const std::string value = item.text.substr(entity.start, entity.end - entity.start);
    const std::size_t colon = value.rfind(':');
    entity.end = entity.start + std::min(value.find('/'), value.size());
    entity.start += colon == std::string::npos ? 0 : colon + 1;
    return value.find('.') == std::string::npos;
  });
}

using Scores = std::map<std::string, Score>;

bool covered(const std::vector<Labelled>& found, std::size_t at) {
  return std::any_of(found.begin(), found.end(),
                     [at](const Labelled& hit) { return at >= hit.start && at < hit.end; });
}

void add(Scores& scores, const Case& item, const std::vector<Labelled>& found, bool verbose) {
  for (const Labelled& want : item.entities) {
    const bool right = std::find(found.begin(), found.end(), want) != found.end();
    Score& score = scores[want.type];
    (right ? score.right : score.missed)++;
    score.secret += want.end - want.start;
    for (std::size_t at = want.start; at < want.end; ++at) score.leaked += !covered(found, at);
    if (!right && verbose)
      std::cout << fmt::format("{}: missed {} {}-{} in {}\n", item.id, want.type, want.start,
                               want.end, item.text);
  }
  for (const Labelled& hit : found) {
    if (std::find(item.entities.begin(), item.entities.end(), hit) != item.entities.end()) continue;
    if (item.entities.empty() && !subject(item.id).empty() && subject(item.id) != hit.type)
      continue;
    scores[hit.type].wrong++;
    if (verbose)
      std::cout << fmt::format("{}: {} {}-{} in {}\n", item.id, hit.type, hit.start, hit.end,
                               item.text);
  }
}

void print(const std::string& title, const Scores& scores) {
  std::cout << title << '\n';
  for (const auto& [type, score] : scores)
    std::cout << fmt::format(
        "  {:<18} precision {:.3f} recall {:.3f} ({} right, {} wrong, {} missed),"
        " leaked {} of {}\n",
        type, score.precision(), score.recall(), score.right, score.wrong, score.missed,
        score.leaked, score.secret);
}

std::vector<Case> own_cases() {
  return read_cases(fmt::format("{}/tests/data/pii/own_cases.jsonl", SALLYPORT_SOURCE_DIR));
}

}  // namespace

TEST_CASE("our own labelled texts are found as the page says") {
  const Masker masker = make_masker();
  const std::vector<Case> cases = own_cases();
  REQUIRE(cases.size() > 100);
  Scores scores;
  for (const Case& item : cases) {
    std::vector<Entity> hits;
    masker.mask(item.text, &hits);
    add(scores, item, labelled(masker, hits), true);
  }
  print("own labelled texts", scores);
  for (const auto& [type, score] : scores) {
    INFO(type);
    const bool shape_alone = type == "PHONE" || type == "EMAIL";
    CHECK(score.precision() >= (shape_alone ? 0.95 : 0.98));
    CHECK(score.recall() >= (shape_alone ? 0.95 : 0.97));
    CHECK(score.leaked == 0);
  }
}

TEST_CASE("no character of a hit is released before its verdict, wherever the text is cut") {
  const Masker masker = make_masker();
  for (const Case& item : own_cases()) {
    std::vector<std::vector<std::size_t>> ways{item.cuts};
    for (std::size_t cut = 1; cut < item.text.size() && cut < 1'000; ++cut) ways.push_back({cut});
    const std::string whole = masker.mask(item.text);
    for (const auto& cuts : ways) {
      const Streamed streamed = stream(masker, item.text, cuts);
      REQUIRE(streamed.out == whole);
      for (std::size_t settled : streamed.settled)
        for (const Labelled& entity : item.entities)
          REQUIRE_FALSE((settled > entity.start && settled < entity.end));
    }
  }
}

TEST_CASE("labelled texts of others are read where they are") {
  const Masker masker = make_masker();
  std::size_t skipped = 0;
  const std::vector<Case> presidio = read_cases(shared_vectors("pii/presidio_cases.jsonl"));
  if (presidio.empty()) ++skipped;
  Scores scores;
  for (Case item : presidio) {
    keep_quad(item);
    std::vector<Entity> hits;
    masker.mask(item.text, &hits);
    add(scores, item, labelled(masker, hits), std::getenv("SALLYPORT_VERBOSE") != nullptr);
  }
  print("Presidio's texts, with its own idea of a hit", scores);
  const std::vector<Case> gitleaks = read_cases(shared_vectors("pii/gitleaks_samples.jsonl"));
  if (gitleaks.empty()) ++skipped;
  std::map<std::string, std::size_t> found;
  for (const Case& item : gitleaks) {
    std::vector<Entity> hits;
    masker.mask(item.text, &hits);
    for (const Labelled& hit : labelled(masker, hits)) found[item.id + " " + hit.type]++;
  }
  std::cout << "Gitleaks' samples\n";
  for (const auto& [what, count] : found) std::cout << "  " << what << ' ' << count << '\n';
  std::cout << "files skipped: " << skipped << '\n';
  if (!presidio.empty()) {
    CHECK(scores["IBAN"].precision() >= 0.98);
    CHECK(scores["IBAN"].recall() >= 0.97);
    CHECK(scores["EMAIL"].recall() >= 0.95);
  }
}
