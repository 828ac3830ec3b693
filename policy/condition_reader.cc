#include "policy/condition_reader.h"

#include <fmt/format.h>

#include "policy/leaf_reader.h"
#include "policy/limits.h"

namespace sallyport::policy {
namespace {

using config::Node;
using config::Problems;

class ConditionReader {
 public:
  explicit ConditionReader(Problems& problems) : problems_(problems) {}

  // A map: all of its entries.
  std::optional<Condition> read_map(const Node& node, std::size_t depth) {
    if (!within_limits(node, depth)) return std::nullopt;
    if (node.kind() != Node::Kind::kMap) {
      node.problem(problems_, "a condition is a map of facts, all, any and not");
      return std::nullopt;
    }
    if (node.entries().empty()) {
      node.problem(problems_, "an empty condition; leave `when` out if the rule always applies");
      return std::nullopt;
    }
    bool good = !node.repeated_keys();
    Condition condition{Condition::Kind::kAll, {}, nullptr, {node.file(), node.position()}};
    for (const auto& [key, value] : node.entries()) {
      std::optional<Condition> child = read_entry(key, value, depth);
      if (child) condition.children.push_back(std::move(*child));
      good = good && child.has_value();
    }
    if (!good) return std::nullopt;
    return condition;
  }

 private:
  bool within_limits(const Node& node, std::size_t depth) {
    if (depth > kConditionDepth) {
      node.problem(problems_, fmt::format("conditions nest at most {} deep", kConditionDepth));
      return false;
    }
    if (++count_ == kConditionsPerRule)
      node.problem(problems_, fmt::format("a rule has at most {} conditions", kConditionsPerRule));
    return count_ < kConditionsPerRule;
  }

  std::optional<Condition> read_entry(const Node& key, const Node& value, std::size_t depth) {
    const std::string& name = key.scalar();
    if (name == "all") return read_sequence(Condition::Kind::kAll, key, value, depth);
    if (name == "any") return read_sequence(Condition::Kind::kAny, key, value, depth);
    if (!within_limits(key, depth)) return std::nullopt;
    Condition condition{Condition::Kind::kTest, {}, nullptr, {key.file(), key.position()}};
    if (name == "not") {
      std::optional<Condition> child = read_map(value, depth + 1);
      if (!child) return std::nullopt;
      condition.kind = Condition::Kind::kNot;
      condition.children.push_back(std::move(*child));
      return condition;
    }
    condition.test = read_leaf(key, value, problems_);
    if (condition.test == nullptr) return std::nullopt;
    return condition;
  }

  std::optional<Condition> read_sequence(Condition::Kind kind, const Node& key, const Node& value,
                                         std::size_t depth) {
    if (!within_limits(key, depth)) return std::nullopt;
    if (value.kind() != Node::Kind::kSequence || value.items().empty()) {
      value.problem(problems_, fmt::format("\"{}\" needs a list of conditions, as in {}: "
                                           "[{{action: read}}, …]",
                                           key.scalar(), key.scalar()));
      return std::nullopt;
    }
    bool good = true;
    Condition condition{kind, {}, nullptr, {key.file(), key.position()}};
    for (const Node& item : value.items()) {
      std::optional<Condition> child = read_map(item, depth + 1);
      if (child) condition.children.push_back(std::move(*child));
      good = good && child.has_value();
      if (count_ >= kConditionsPerRule) break;
    }
    if (!good) return std::nullopt;
    return condition;
  }

  Problems& problems_;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<Condition> read_condition(const Node& when, Problems& problems) {
  return ConditionReader(problems).read_map(when, 1);
}

}  // namespace sallyport::policy
