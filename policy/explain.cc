#include "policy/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "policy/data.h"
#include "policy/limits.h"

namespace sallyport::policy {
namespace {

class Explainer {
 public:
  Explainer(const CompiledPolicy::Data& data, const FactView& view)
      : data_(data), view_(view), results_(data.tests, view) {}

  RuleReport report(std::uint32_t number, bool held) {
    const Rule& rule = data_.model.rules[number];
    RuleReport report;
    report.id = rule.id;
    report.file = rule.place.file;
    report.effect = rule.effect;
    report.observe = rule.observe;
    report.held = held;
    Program program;
    const Program::Root root = program.add(data_.conditions[number]);
    report.matched = program.holds(root, results_);
    if (report.matched && rule.effect != Verdict::kDeny)
      report.unnamed = unnamed(program.names(root, results_));
    report.matched = report.matched && report.unnamed.empty();
    if (held && mask_holds(data_, number, view_)) {
      MaskSet set;
      set.add(rule.mask);
      report.masks = set.names();
    }
    add_tests(data_.conditions[number], report.tests);
    return report;
  }

 private:
  std::vector<std::string> unnamed(NameMask named) const {
    const NameMask missing = required_names(data_, view_) & ~named;
    std::vector<std::string> names;
    if ((missing & kNamesUnknown) != 0) names.emplace_back("action: unknown");
    for (const NamedFact& fact : data_.named)
      if ((missing & fact.bit) != 0) names.push_back(fact.name);
    return names;
  }

  void add_tests(const Term& term, std::vector<TestReport>& reports) {
    if (term.op == Term::Op::kTest) {
      const CompiledTest& test = data_.tests[term.test];
      TestReport report;
      report.test = (term.negated ? "not " : "") + test.test->text;
      report.holds = ((term.truth >> results_[term.test]) & 1) != 0;
      report.values = values_of(*test.test, test.slot, view_, kExplainedValues);
      for (std::string& value : report.values) {
        if (value.size() <= kExplainedBytes) continue;
        value.resize(kExplainedBytes);
        value += "…";
      }
      report.position = term.position;
      reports.push_back(std::move(report));
    }
    for (const Term& child : term.children) add_tests(child, reports);
  }

  const CompiledPolicy::Data& data_;
  const FactView& view_;
  TestResults results_;
};

// The values are whatever an agent sent: control bytes must not reach a terminal.
std::string printable(std::string_view value) {
  std::string out;
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

void append_rule(const RuleReport& rule, std::string& out) {
  out += fmt::format("{} {} ({}{}){}\n", rule.matched ? "+" : "-", rule.id, to_string(rule.effect),
                     rule.observe ? ", observe" : "", rule.matched ? " matched" : "");
  for (const std::string& name : rule.unnamed)
    out += fmt::format("    does not apply: it does not name {}\n", name);
  if (!rule.masks.empty()) out += fmt::format("    masks {}\n", fmt::join(rule.masks, ", "));
  for (const TestReport& test : rule.tests) {
    std::vector<std::string> values;
    for (const std::string& value : test.values) values.push_back(printable(value));
    const std::string saw = values.empty() ? "nothing" : fmt::format("{}", fmt::join(values, ", "));
    out +=
        fmt::format("    {} {}: saw {}\n", test.holds ? "yes" : "no ", printable(test.test), saw);
  }
}

}  // namespace

Explanation CompiledPolicy::explain(const Command& command, const Scope& scope,
                                    WallTime now) const {
  Explanation explanation;
  std::set<std::uint32_t> held;
  for (std::size_t role : held_roles(data_->model, scope)) {
    explanation.roles.push_back(data_->model.roles[role].name);
    held.insert(data_->role_rules[role].begin(), data_->role_rules[role].end());
  }
  if (const auto session = bind_scope(scope)) {
    explanation.decision = session->decide(command, now);
    explanation.masks = session->masks().names;
  } else {
    explanation.decision.policy_id = data_->id;
    explanation.decision.reason = "No role opens a session here.";
  }
  const FactView view(data_->slots, command, now, &scope);
  Explainer explainer(*data_, view);
  for (std::uint32_t i = 0; i < data_->model.rules.size(); ++i)
    explanation.rules.push_back(explainer.report(i, held.count(i) != 0));
  return explanation;
}

std::string to_text(const Explanation& explanation) {
  const Decision& decision = explanation.decision;
  std::string out = fmt::format("decision: {}\n", to_string(decision.verdict));
  out += fmt::format("rule: {}\n", decision.rule.empty() ? "none" : decision.rule);
  out += fmt::format("reason: {}\n", decision.reason);
  out += fmt::format("roles: {}\n", explanation.roles.empty()
                                        ? "none"
                                        : fmt::format("{}", fmt::join(explanation.roles, ", ")));
  if (!explanation.masks.empty())
    out += fmt::format("masks: {}\n", fmt::join(explanation.masks, ", "));
  for (const std::string& observed : decision.observed)
    out += fmt::format("observed: {}\n", observed);
  for (const RuleReport& rule : explanation.rules)
    if (rule.held) append_rule(rule, out);
  return out;
}

}  // namespace sallyport::policy
