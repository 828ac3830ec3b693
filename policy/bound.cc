// The rules of one session, ready to decide.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "policy/data.h"

namespace sallyport::policy {
namespace {

bool matches_any(const std::vector<Pattern>& patterns, std::string_view value) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
    return pattern.match(value) == Pattern::Match::kYes;
  });
}

bool holds_role(const Role& role, const Scope& scope) {
  if (scope.role && role.name != *scope.role) return false;
  if (!role.issuers.empty() && scope.issuer && !matches_any(role.issuers, *scope.issuer))
    return false;
  if (scope.target && !matches_any(role.targets, *scope.target)) return false;
  if (!role.groups.empty()) {
    if (!scope.groups) return true;
    for (const std::string& group : *scope.groups)
      if (matches_any(role.groups, group)) return true;
  }
  if (role.subjects.empty()) return false;
  return scope.subject ? matches_any(role.subjects, *scope.subject) : !scope.groups;
}

// "group agents", or "group agents-eu (agents-*)" where the policy's entry is a pattern.
std::string entry(std::string_view what, const std::vector<Pattern>& patterns,
                  std::string_view value) {
  for (const Pattern& pattern : patterns) {
    if (pattern.match(value) != Pattern::Match::kYes) continue;
    if (pattern.text() == value) return fmt::format("{} {}", what, value);
    return fmt::format("{} {} ({})", what, value, pattern.text());
  }
  return {};
}

// What of a principal gives it a role that it holds: a group comes before the subject.
std::string source_of(const Role& role, const Principal& principal) {
  std::string out;
  for (const std::string& group : principal.groups)
    if (out.empty()) out = entry("group", role.groups, group);
  if (out.empty()) out = entry("subject", role.subjects, principal.subject);
  if (!role.issuers.empty()) out += ", " + entry("issuer", role.issuers, principal.issuer);
  return out;
}

std::set<std::uint32_t> rules_of(const CompiledPolicy::Data& data,
                                 const std::vector<std::size_t>& roles) {
  std::set<std::uint32_t> rules;
  for (std::size_t role : roles)
    rules.insert(data.role_rules[role].begin(), data.role_rules[role].end());
  return rules;
}

struct BoundRule {
  const Rule* rule = nullptr;  // of the data
  Program::Root root = 0;
};

class BoundPolicy final : public SessionPolicy {
 public:
  BoundPolicy(std::shared_ptr<const CompiledPolicy::Data> data,
              const std::vector<std::size_t>& roles, const FactView& constants, Masks masks)
      : data_(std::move(data)), masks_(std::move(masks)) {
    for (std::size_t number : roles) {
      const Role& role = data_->model.roles[number];
      roles_.push_back(role.name);
      // The one that keeps most.
      if (role.record_payloads)
        payloads_ = std::min(payloads_.value_or(*role.record_payloads), *role.record_payloads);
    }
    Numbers numbers;
    for (std::uint32_t rule : rules_of(*data_, roles)) add(rule, constants, numbers);
    // The strictest first, and by id among equals: the order in the files never shows.
    const auto before = [](const BoundRule& a, const BoundRule& b) {
      if (a.rule->effect != b.rule->effect) return a.rule->effect > b.rule->effect;
      return a.rule->id < b.rule->id;
    };
    std::sort(enforced_.begin(), enforced_.end(), before);
    std::sort(observed_.begin(), observed_.end(), before);
  }

  const std::vector<std::string>& roles() const override { return roles_; }
  const std::string& policy_id() const override { return data_->id; }
  const Masks& masks() const override { return masks_; }
  std::optional<RecordPayloads> record_payloads() const override { return payloads_; }

  Decision decide(const Command& command, WallTime now) const override {
    const FactView view(data_->slots, command, now, nullptr);
    TestResults results(tests_, view);
    const NameMask required = required_names(*data_, view);
    Decision decision;
    decision.policy_id = data_->id;
    for (const BoundRule& bound : observed_) {
      if (applies(bound, required, results))
        decision.observed.push_back(bound.rule->id + "=" +
                                    std::string(to_string(bound.rule->effect)));
    }
    for (const BoundRule& bound : enforced_) {
      if (!applies(bound, required, results)) continue;
      decision.verdict = bound.rule->effect;
      decision.rule = bound.rule->id;
      decision.reason = bound.rule->reason;
      return decision;
    }
    decision.reason = why_not(required);
    return decision;
  }

 private:
  using Numbers = std::map<std::uint32_t, std::uint32_t>;  // of tests: the policy's to ours

  void add(std::uint32_t number, const FactView& constants, Numbers& numbers) {
    Term term = bind_term(data_->conditions[number], data_->tests, constants);
    if (term.op == Term::Op::kFalse) return;
    renumber(term, numbers);
    const Rule& rule = data_->model.rules[number];
    (rule.observe ? observed_ : enforced_).push_back({&rule, program_.add(term)});
  }

  // Only the tests of this session's rules take part in its decisions.
  void renumber(Term& term, Numbers& numbers) {
    if (term.op == Term::Op::kTest) {
      const auto next = static_cast<std::uint32_t>(tests_.size());
      const auto [known, fresh] = numbers.emplace(term.test, next);
      if (fresh) tests_.push_back(data_->tests[term.test]);
      term.test = known->second;
    }
    for (Term& child : term.children) renumber(child, numbers);
  }

  // INTERFACE section 5: what is unknown or ambiguous passes only by a rule that says so.
  bool applies(const BoundRule& bound, NameMask required, TestResults& results) const {
    if (!program_.holds(bound.root, results)) return false;
    if (required == 0 || bound.rule->effect == Verdict::kDeny) return true;
    return (required & ~program_.names(bound.root, results)) == 0;
  }

  std::string why_not(NameMask required) const {
    if ((required & kNamesUnknown) != 0)
      return "What this would do is unknown, and no rule that names `action: unknown` allows it.";
    for (const NamedFact& named : data_->named)
      if ((required & named.bit) != 0)
        return fmt::format("This has {}, and no rule that names it allows it.", named.name);
    return "No rule allows this.";
  }

  const std::shared_ptr<const CompiledPolicy::Data> data_;  // shared with the policy, outlives it
  std::vector<std::string> roles_;
  std::optional<RecordPayloads> payloads_;
  const Masks masks_;
  std::vector<CompiledTest> tests_;
  Program program_;
  std::vector<BoundRule> enforced_;
  std::vector<BoundRule> observed_;
};

// The same for scopes that no rule of these roles can tell apart: the roles, and what the tests of
// constant facts see.
std::string binding_key(const CompiledPolicy::Data& data, const std::vector<std::size_t>& roles,
                        const FactView& constants) {
  std::string key;
  for (std::size_t role : roles) key += fmt::format("{},", role);
  for (const CompiledTest& test : data.tests) {
    if (!is_constant(test.test->kind())) continue;
    key += static_cast<char>('0' + look(*test.test, test.slot, constants));
  }
  return key;
}

}  // namespace

std::vector<std::size_t> held_roles(const Model& model, const Scope& scope) {
  std::vector<std::size_t> held;
  for (std::size_t i = 0; i < model.roles.size(); ++i)
    if (holds_role(model.roles[i], scope)) held.push_back(i);
  return held;
}

std::vector<Grant> grants_of(const Model& model, const Principal& principal,
                             std::string_view target) {
  std::vector<Grant> grants;
  for (std::size_t i : held_roles(model, Scope::of(principal, target, {})))
    grants.push_back({model.roles[i].name, source_of(model.roles[i], principal)});
  return grants;
}

NameMask required_names(const CompiledPolicy::Data& data, const FactView& view) {
  NameMask mask = view.actions().has(Action::kUnknown) ? kNamesUnknown : 0;
  for (const NamedFact& named : data.named)
    if (view.has(named.slot)) mask |= named.bit;
  return mask;
}

bool mask_holds(const CompiledPolicy::Data& data, std::uint32_t rule, const FactView& constants) {
  const Rule& said = data.model.rules[rule];
  if (said.mask.empty() || said.observe) return false;
  return bind_term(data.mask_conditions[rule], data.tests, constants).op != Term::Op::kFalse;
}

std::shared_ptr<const SessionPolicy> bind_roles(std::shared_ptr<const CompiledPolicy::Data> data,
                                                const Scope& scope) {
  const std::vector<std::size_t> roles = held_roles(data->model, scope);
  if (roles.empty()) return nullptr;
  const Command no_command;
  const FactView constants(data->slots, no_command, WallTime{}, &scope);
  const auto make = [&]() -> std::shared_ptr<const SessionPolicy> {
    MaskSet set;
    for (std::uint32_t rule : rules_of(*data, roles))
      if (mask_holds(*data, rule, constants)) set.add(data->model.rules[rule].mask);
    std::optional<Masks> masks = set.compile(data->model.patterns, data->mask_key, data->maskings);
    if (!masks) return nullptr;
    return std::make_shared<const BoundPolicy>(data, roles, constants, std::move(*masks));
  };
  return data->bound.find_or(binding_key(*data, roles, constants), make);
}

}  // namespace sallyport::policy
