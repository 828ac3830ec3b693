// A policy as it is written: roles and rules with their places, patterns already compiled. Made by
// the reader, consumed by compile(). Plain values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/yaml.h"
#include "core/decision.h"
#include "core/masking.h"
#include "core/record_payloads.h"
#include "policy/leaf_test.h"
#include "policy/pattern.h"

namespace sallyport::policy {

struct Place {
  std::string file;
  config::Position position;
};

struct Condition {
  enum class Kind { kAll, kAny, kNot, kTest };
  Kind kind = Kind::kAll;
  std::vector<Condition> children;       // of kNot exactly one; of kTest none
  std::shared_ptr<const LeafTest> test;  // of kTest; shared with what is compiled from it
  Place place;
};

// One thing that a rule masks.
struct MaskItem {
  enum class Kind { kText, kColumn, kPointer };
  Kind kind = Kind::kText;
  std::string name;  // of a detector or a named pattern; a column's pattern; a JSON pointer
  MaskStyle style = MaskStyle::kRedact;
  Place place;
};

struct RuleMask {
  std::vector<MaskItem> items;
  // Where the rule says so.
  std::optional<bool> pass_unreadable;
  std::optional<bool> mask_derived;

  bool empty() const { return items.empty() && !pass_unreadable && !mask_derived; }
};

struct Rule {
  std::string id;
  Condition when;  // kAll; without children it always holds
  Verdict effect = Verdict::kDeny;
  bool observe = false;
  std::string reason;
  RuleMask mask;
  Place place;
};

struct RuleReference {
  std::string id;
  Place place;
};

struct Role {
  std::string name;
  std::vector<Pattern> groups;    // one of the principal's groups matches one of these, or …
  std::vector<Pattern> subjects;  // … the subject matches one of these
  std::vector<Pattern> issuers;   // and the issuer one of these; empty: any issuer
  std::vector<Pattern> targets;   // and the target one of these
  std::vector<RuleReference> rules;
  std::optional<RecordPayloads> record_payloads;
  Place place;
};

// A pattern of the author's own: what `mask` may name beside the detectors.
struct MaskPattern {
  std::string name;
  std::string regex;
  Place place;
};

struct Model {
  std::vector<Role> roles;
  std::vector<Rule> rules;
  std::vector<MaskPattern> patterns;
};

}  // namespace sallyport::policy
