// A policy as it is written: roles and rules with their places, patterns already compiled. Made by
// the reader, consumed by compile(). Plain values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/yaml.h"
#include "core/decision.h"
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

struct Rule {
  std::string id;
  Condition when;  // kAll; without children it always holds
  Verdict effect = Verdict::kDeny;
  bool observe = false;
  std::string reason;
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
  Place place;
};

struct Model {
  std::vector<Role> roles;
  std::vector<Rule> rules;
};

}  // namespace sallyport::policy
