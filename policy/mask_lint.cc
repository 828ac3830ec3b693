#include "policy/mask_lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace sallyport::policy {
namespace {

using config::Problems;
using Kind = MaskItem::Kind;

// Of these nobody needs the last four characters to know which one it is.
constexpr std::array<std::string_view, 4> kSecrets = {"aws_secret", "jwt", "github_token",
                                                      "slack_token"};

void doubt(Problems& warnings, const Place& place, std::string message) {
  warnings.add(place.file, place.position, std::move(message));
}

// Facts of single commands that the condition tests. `action` is left out: it says what a rule
// lets pass, and nobody expects masks on one action alone.
void collect_command_facts(const Condition& condition, std::set<std::string>& facts) {
  if (condition.kind == Condition::Kind::kTest) {
    const FactKind kind = condition.test->kind();
    if (!is_constant(kind) && kind != FactKind::kAction) facts.insert(condition.test->fact);
  }
  for (const Condition& child : condition.children) collect_command_facts(child, facts);
}

void find_rule_doubts(const Rule& rule, Problems& warnings) {
  if (rule.mask.empty()) return;
  if (rule.observe)
    return doubt(warnings, rule.place,
                 fmt::format("rule {} only observes, so it masks nothing", rule.id));
  std::set<std::string> facts;
  collect_command_facts(rule.when, facts);
  if (!facts.empty())
    doubt(warnings, rule.place,
          fmt::format("the mask of rule {} holds for whole sessions, whatever {} is; only target, "
                      "protocol, group, issuer, subject and actor limit it",
                      rule.id, fmt::join(facts, ", ")));
  for (const MaskItem& item : rule.mask.items) {
    const bool secret = std::ranges::find(kSecrets, item.name) != kSecrets.end();
    if (item.kind == Kind::kText && secret && item.style == MaskStyle::kPartial)
      doubt(warnings, item.place,
            fmt::format("`with: partial` shows the last four characters of each {}", item.name));
    const bool capitals =
        std::ranges::any_of(item.name, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (item.kind == Kind::kColumn && capitals)
      doubt(warnings, item.place,
            fmt::format("PostgreSQL keeps names in small letters unless they were quoted when they "
                        "were created: is {} meant?",
                        item.name));
  }
}

}  // namespace

void find_mask_doubts(const Model& model, Problems& warnings) {
  std::set<std::string_view> named;
  for (const Rule& rule : model.rules) {
    find_rule_doubts(rule, warnings);
    for (const MaskItem& item : rule.mask.items)
      if (item.kind == Kind::kText) named.insert(item.name);
  }
  for (const MaskPattern& pattern : model.patterns)
    if (named.count(pattern.name) == 0)
      doubt(warnings, pattern.place, fmt::format("no mask uses the pattern {}", pattern.name));
}

void find_idle_columns(const Model& model, const std::set<std::string>& protocols,
                       Problems& warnings) {
  if (protocols.count("postgres") != 0) return;
  for (const Rule& rule : model.rules)
    for (const MaskItem& item : rule.mask.items)
      if (item.kind == Kind::kColumn)
        doubt(warnings, item.place,
              fmt::format("no target speaks postgres, so rule {} masks the column {} nowhere",
                          rule.id, item.name));
}

}  // namespace sallyport::policy
