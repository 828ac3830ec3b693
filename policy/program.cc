#include "policy/program.h"

namespace sallyport::policy {

Program::Root Program::add(const Term& term) {
  const auto root = static_cast<Root>(nodes_.size());
  nodes_.emplace_back();
  fill(root, term);
  return root;
}

void Program::fill(std::size_t at, const Term& term) {
  const auto first = static_cast<std::uint32_t>(nodes_.size());
  const auto count = static_cast<std::uint32_t>(term.children.size());
  const bool leaf = term.op == Term::Op::kTest;
  nodes_[at] = {term.op, term.truth, term.names, leaf ? term.test : first, count};
  nodes_.resize(nodes_.size() + count);
  for (std::size_t i = 0; i < count; ++i) fill(first + i, term.children[i]);
}

// Recursion is as deep as the condition: at most kConditionDepth combinators.
bool Program::holds(Root root, TestResults& results) const {
  const Node& node = nodes_[root];
  switch (node.op) {
    case Term::Op::kTrue:
      return true;
    case Term::Op::kFalse:
      return false;
    case Term::Op::kTest:
      return ((node.truth >> results[node.first]) & 1) != 0;
    case Term::Op::kAll:
      for (std::uint32_t i = 0; i < node.count; ++i)
        if (!holds(node.first + i, results)) return false;
      return true;
    case Term::Op::kAny:
      for (std::uint32_t i = 0; i < node.count; ++i)
        if (holds(node.first + i, results)) return true;
      return false;
  }
  return false;
}

NameMask Program::names(Root root, TestResults& results) const {
  if (!holds(root, results)) return 0;
  const Node& node = nodes_[root];
  NameMask mask = node.names;
  const bool leaf = node.op == Term::Op::kTest;
  for (std::uint32_t i = 0; !leaf && i < node.count; ++i) mask |= names(node.first + i, results);
  return mask;
}

}  // namespace sallyport::policy
