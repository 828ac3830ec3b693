// A rule's condition made ready to evaluate: `not` pushed down to the leaves (De Morgan), each leaf
// with what "any" or "every" means for it, equal tests shared by number. Immutable after compile().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/leaf_test.h"
#include "policy/model.h"
#include "policy/slot_table.h"

namespace sallyport::policy {

// A test with its attribute's slot.
struct CompiledTest {
  std::shared_ptr<const LeafTest> test;  // shared with the model and with sessions' programs
  std::uint32_t slot = 0;
};

// What a command may only have when the rule that lets it pass names it, as a bit of a mask.
using NameMask = std::uint32_t;
inline constexpr NameMask kNamesUnknown = 1;  // `action: unknown`

struct NamedFact {
  std::string name;
  std::uint32_t slot = 0;
  NameMask bit = 0;
};

struct Term {
  enum class Op : std::uint8_t { kTrue, kFalse, kTest, kAll, kAny };
  Op op = Op::kTrue;
  std::uint8_t truth = 0;  // of kTest: bit s is set when the leaf holds for Seen s
  bool negated = false;    // of kTest, for explanations
  NameMask names = 0;      // of kTest: what it names when it holds
  std::uint32_t test = 0;  // of kTest
  config::Position position;
  std::vector<Term> children;
};

// Collects the tests of all rules while they are compiled.
class TestCatalog {
 public:
  explicit TestCatalog(SlotTable& slots);

  // deny and approve rules ask whether any value matches, allow rules whether every one does.
  Term make_term(const Rule& rule);
  // Where the rule's mask holds: a mask is a restriction, so any value counts as in a deny rule.
  Term make_mask_term(const Rule& rule);

  const std::vector<CompiledTest>& tests() const { return tests_; }
  const std::vector<NamedFact>& named() const { return named_; }

 private:
  enum class Quantifier { kAny, kEvery };
  Term make(const Condition& condition, Quantifier quantifier, bool negated);
  Term make_leaf(const Condition& condition, Quantifier quantifier, bool negated);
  std::uint32_t number_of(const std::shared_ptr<const LeafTest>& test);

  SlotTable& slots_;
  std::vector<CompiledTest> tests_;
  std::map<std::string, std::uint32_t> by_text_;
  std::vector<NamedFact> named_;
};

// The term with tests of constant facts replaced by what they are in this scope, and simplified.
Term bind_term(const Term& term, const std::vector<CompiledTest>& tests, const FactView& constants);

}  // namespace sallyport::policy
