// Conditions laid out flat for fast evaluation, and the results of their tests during one decision.
// A Program is immutable once filled; TestResults live on the stack of one decision.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/fact_view.h"
#include "policy/leaf_test.h"
#include "policy/term.h"

namespace sallyport::policy {

// Evaluates each test when it is first asked for, once.
class TestResults {
 public:
  TestResults(const std::vector<CompiledTest>& tests, const FactView& view)
      : tests_(tests), view_(view), seen_(tests.size(), kNotLooked) {}

  Seen operator[](std::uint32_t test) {
    if (seen_[test] == kNotLooked) seen_[test] = look(*tests_[test].test, tests_[test].slot, view_);
    return static_cast<Seen>(seen_[test]);
  }

 private:
  static constexpr std::uint8_t kNotLooked = 0xFF;
  const std::vector<CompiledTest>& tests_;
  const FactView& view_;
  Scratch<std::uint8_t, 512> seen_;
};

class Program {
 public:
  using Root = std::uint32_t;
  // Copies the term; its test numbers are the ones that holds() will ask for.
  Root add(const Term& term);

  bool holds(Root root, TestResults& results) const;
  // What the parts of a condition that hold name; 0 when it does not hold.
  NameMask names(Root root, TestResults& results) const;

 private:
  struct Node {
    Term::Op op = Term::Op::kTrue;
    std::uint8_t truth = 0;
    NameMask names = 0;
    std::uint32_t first = 0;  // the test, or the first child
    std::uint32_t count = 0;  // of children, which stand together
  };
  void fill(std::size_t at, const Term& term);
  std::vector<Node> nodes_;
};

}  // namespace sallyport::policy
