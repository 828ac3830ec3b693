#include "policy/term.h"

#include <algorithm>

namespace sallyport::policy {
namespace {

constexpr std::uint8_t when_seen(Seen seen) { return static_cast<std::uint8_t>(1u << seen); }

// INTERFACE "Any and every". A positive leaf of a deny or approve rule holds when any value
// matches, of an allow rule when there are values and every one matches; a negated one when any
// value fails the test, or every one does. An empty fact matches no positive test and so every
// negated one. The table in docs/policy.md is the same.
std::uint8_t truth_table(bool every, bool negated) {
  if (!negated && !every) return when_seen(kSeenMatch) | when_seen(kSeenBoth);
  if (!negated) return when_seen(kSeenMatch);
  if (!every) return when_seen(kSeenNone) | when_seen(kSeenOther) | when_seen(kSeenBoth);
  return when_seen(kSeenNone) | when_seen(kSeenOther);
}

Term constant(bool value, const Term& of) {
  Term term;
  term.op = value ? Term::Op::kTrue : Term::Op::kFalse;
  term.position = of.position;
  return term;
}

bool names_something(const Term& term) {
  if (term.names != 0) return true;
  return std::any_of(term.children.begin(), term.children.end(), names_something);
}

Term bind_all(const Term& term, std::vector<Term> children) {
  for (const Term& child : children)
    if (child.op == Term::Op::kFalse) return constant(false, term);
  std::erase_if(children, [](const Term& child) { return child.op == Term::Op::kTrue; });
  if (children.empty()) return constant(true, term);
  if (children.size() == 1) return std::move(children.front());
  Term out = term;
  out.children = std::move(children);
  return out;
}

Term bind_any(const Term& term, std::vector<Term> children) {
  std::erase_if(children, [](const Term& child) { return child.op == Term::Op::kFalse; });
  if (children.empty()) return constant(false, term);
  const auto is_true = [](const Term& child) { return child.op == Term::Op::kTrue; };
  if (std::any_of(children.begin(), children.end(), is_true)) {
    // Holds in any case; the others matter only for what they name.
    std::erase_if(children, [](const Term& child) { return !names_something(child); });
    if (children.empty()) return constant(true, term);
    children.push_back(constant(true, term));
  }
  if (children.size() == 1) return std::move(children.front());
  Term out = term;
  out.children = std::move(children);
  return out;
}

}  // namespace

TestCatalog::TestCatalog(SlotTable& slots) : slots_(slots) {
  NameMask bit = kNamesUnknown;
  for (const FactSpec& spec : all_facts()) {
    if (!spec.must_be_named) continue;
    bit <<= 1;
    named_.push_back({std::string(spec.name), slots_.add(spec.name), bit});
  }
}

Term TestCatalog::make_term(const Rule& rule) {
  const bool every = rule.effect == Verdict::kAllow;
  return make(rule.when, every ? Quantifier::kEvery : Quantifier::kAny, false);
}

Term TestCatalog::make_mask_term(const Rule& rule) {
  return make(rule.when, Quantifier::kAny, false);
}

Term TestCatalog::make(const Condition& condition, Quantifier quantifier, bool negated) {
  if (condition.kind == Condition::Kind::kTest) return make_leaf(condition, quantifier, negated);
  if (condition.kind == Condition::Kind::kNot)
    return make(condition.children.front(), quantifier, !negated);
  const bool all = (condition.kind == Condition::Kind::kAll) != negated;
  Term term;
  term.op = all ? Term::Op::kAll : Term::Op::kAny;
  term.position = condition.place.position;
  for (const Condition& child : condition.children)
    term.children.push_back(make(child, quantifier, negated));
  return term;
}

Term TestCatalog::make_leaf(const Condition& condition, Quantifier quantifier, bool negated) {
  const LeafTest& test = *condition.test;
  Term term;
  term.op = Term::Op::kTest;
  term.truth = truth_table(quantifier == Quantifier::kEvery, negated);
  term.negated = negated;
  term.test = number_of(condition.test);
  term.position = condition.place.position;
  if (negated) return term;
  if (test.kind() == FactKind::kAction && test.actions.has(Action::kUnknown))
    term.names = kNamesUnknown;
  for (const NamedFact& named : named_)
    if (named.name == test.fact) term.names |= named.bit;
  return term;
}

std::uint32_t TestCatalog::number_of(const std::shared_ptr<const LeafTest>& test) {
  const auto number = static_cast<std::uint32_t>(tests_.size());
  const auto [known, fresh] = by_text_.emplace(test->text, number);
  if (!fresh) return known->second;
  const bool attribute = test->kind() == FactKind::kAttribute;
  tests_.push_back({test, attribute ? slots_.add(test->fact) : 0});
  return number;
}

Term bind_term(const Term& term, const std::vector<CompiledTest>& tests,
               const FactView& constants) {
  switch (term.op) {
    case Term::Op::kTrue:
    case Term::Op::kFalse:
      return term;
    case Term::Op::kTest: {
      const CompiledTest& test = tests[term.test];
      if (!is_constant(test.test->kind())) return term;
      const Seen seen = look(*test.test, test.slot, constants);
      return constant((term.truth & when_seen(seen)) != 0, term);
    }
    case Term::Op::kAll:
    case Term::Op::kAny:
      break;
  }
  std::vector<Term> children;
  for (const Term& child : term.children) children.push_back(bind_term(child, tests, constants));
  return term.op == Term::Op::kAll ? bind_all(term, std::move(children))
                                   : bind_any(term, std::move(children));
}

}  // namespace sallyport::policy
