#include "policy/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/mask_lint.h"

namespace sallyport::policy {
namespace {

using config::Problems;

void doubt(Problems& warnings, const Place& place, std::string message) {
  warnings.add(place.file, place.position, std::move(message));
}

class RuleDoubts {
 public:
  RuleDoubts(const Rule& rule, Problems& warnings) : rule_(rule), warnings_(warnings) {}

  void find() {
    if (allows() && rule_.when.children.empty())
      doubt(warnings_, rule_.place,
            fmt::format("rule {} allows every command that is not unknown or ambiguous", rule_.id));
    visit(rule_.when, false);
  }

 private:
  bool allows() const { return rule_.effect == Verdict::kAllow; }

  void visit(const Condition& condition, bool negated) {
    switch (condition.kind) {
      case Condition::Kind::kTest:
        return visit_test(condition, negated);
      case Condition::Kind::kAll:
        if (!negated) find_contradiction(condition);
        break;
      case Condition::Kind::kAny:
        break;
      case Condition::Kind::kNot:
        negated = !negated;
        break;
    }
    for (const Condition& child : condition.children) visit(child, negated);
  }

  void visit_test(const Condition& condition, bool negated) {
    const LeafTest& test = *condition.test;
    const bool action = test.kind() == FactKind::kAction;
    if (action && !negated && rule_.effect != Verdict::kDeny && test.actions.has(Action::kUnknown))
      doubt(
          warnings_, condition.place,
          fmt::format("rule {} lets commands pass that the broker does not understand", rule_.id));
    if (test.fact == "http.method") find_small_methods(condition);
    if (rule_.effect == Verdict::kDeny && !negated) find_uncovered_parents(condition);
    if (allows() && !negated) find_loose_regexes(condition);
  }

  // RFC 9110 §9.1: method names are case-sensitive, and the standard ones are in capitals.
  void find_small_methods(const Condition& condition) {
    for (const std::string& method : condition.test->literals) {
      const bool small =
          std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      if (small)
        doubt(warnings_, condition.place,
              fmt::format("methods are case-sensitive: \"{}\" is not the standard method", method));
    }
  }

  // `/admin/**` does not match /admin itself.
  void find_uncovered_parents(const Condition& condition) {
    const LeafTest& test = *condition.test;
    if (test.spec->separator != '/') return;
    for (const Pattern& pattern : test.patterns) {
      const std::string& text = pattern.text();
      if (pattern.kind() != Pattern::Kind::kGlob || text.size() < 5 || !text.ends_with("/**"))
        continue;
      const std::string parent = text.substr(0, text.size() - 3);
      const bool wild = parent.find('*') != std::string::npos;
      const bool covered =
          wild || std::binary_search(test.literals.begin(), test.literals.end(), parent);
      if (!covered)
        doubt(warnings_, condition.place,
              fmt::format("{} does not match {} itself; add it if it is to be denied too", text,
                          parent));
    }
  }

  // RE2 is looked for anywhere in the value: `/internal/` would allow more than is meant.
  void find_loose_regexes(const Condition& condition) {
    for (const Pattern& pattern : condition.test->patterns) {
      if (pattern.kind() != Pattern::Kind::kRegex) continue;
      std::string_view regex = pattern.text();
      regex.remove_prefix(1);
      if (regex.starts_with("(?"))
        regex.remove_prefix(std::min(regex.find(')'), regex.size() - 1) + 1);
      if (regex.starts_with('^') || regex.starts_with("\\A")) continue;
      doubt(warnings_, condition.place,
            fmt::format("rule {} allows what contains {} anywhere; begin with ^ and end with $ to "
                        "match the whole value",
                        rule_.id, pattern.text()));
    }
  }

  // Two tests of one fact that no value passes both of: an allow rule then never matches.
  void find_contradiction(const Condition& all) {
    if (!allows()) return;
    std::vector<const Condition*> tests;
    for (const Condition& child : all.children) {
      const bool nested = child.kind == Condition::Kind::kAll && child.children.size() == 1;
      const Condition& leaf = nested ? child.children.front() : child;
      if (leaf.kind == Condition::Kind::kTest) tests.push_back(&leaf);
    }
    for (std::size_t i = 0; i < tests.size(); ++i) {
      for (std::size_t j = i + 1; j < tests.size(); ++j)
        if (exclude_each_other(*tests[i]->test, *tests[j]->test))
          doubt(warnings_, tests[j]->place,
                fmt::format("rule {} can never match: \"{}\" and \"{}\" exclude each other",
                            rule_.id, tests[i]->test->text, tests[j]->test->text));
    }
  }

  static bool exclude_each_other(const LeafTest& a, const LeafTest& b) {
    if (a.fact != b.fact) return false;
    if (a.kind() == FactKind::kAction) {
      return std::none_of(kAllActions.begin(), kAllActions.end(), [&](Action action) {
        return a.actions.has(action) && b.actions.has(action);
      });
    }
    if (a.literals.empty() || b.literals.empty() || !a.patterns.empty() || !b.patterns.empty())
      return false;
    std::vector<std::string> both;
    std::set_intersection(a.literals.begin(), a.literals.end(), b.literals.begin(),
                          b.literals.end(), std::back_inserter(both));
    return both.empty();
  }

  const Rule& rule_;
  Problems& warnings_;
};

}  // namespace

void find_doubts(const Model& model, Problems& warnings) {
  std::set<std::string> used;
  for (const Role& role : model.roles)
    for (const RuleReference& reference : role.rules) used.insert(reference.id);
  for (const Rule& rule : model.rules) {
    if (used.count(rule.id) == 0)
      doubt(warnings, rule.place, fmt::format("no role uses the rule {}", rule.id));
    RuleDoubts(rule, warnings).find();
  }
  find_mask_doubts(model, warnings);
  if (model.roles.empty()) warnings.add("policy", {}, "there is no role: no session can open");
}

}  // namespace sallyport::policy
