// Why a decision came out as it did: every rule with its tests and the values they saw. Made for
// people
// (`sallyport policy explain`) and for tests; never on the data path. Values are the command's own
// and are shown as they are, so an explanation does not belong in a log.
#pragma once

#include <string>
#include <vector>

#include "core/config/yaml.h"
#include "core/decision.h"

namespace sallyport::policy {

struct TestReport {
  std::string test;  // as written: `http.path: [/a, /b/**]`, with "not " in front when negated
  bool holds = false;
  std::vector<std::string> values;  // what the fact held, at most kExplainedValues; empty: absent
  config::Position position;
};

struct RuleReport {
  std::string id;
  std::string file;
  Verdict effect = Verdict::kDeny;
  bool observe = false;
  bool held = false;     // one of the roles in force lists it
  bool matched = false;  // its condition holds, and names what must be named
  // Names that keep an otherwise matching allow or approve rule from applying, e.g. "action:
  // unknown".
  std::vector<std::string> unnamed;
  // What it masks in this scope, whether it matches or not.
  std::vector<std::string> masks;
  std::vector<TestReport> tests;  // every leaf of the condition, in the order of the file
};

struct Explanation {
  std::vector<std::string> roles;  // held; empty: no session opens
  Decision decision;
  std::vector<std::string> masks;  // of all rules together; see Masks::names
  std::vector<RuleReport> rules;   // by file, then in its order
};

// Several lines for a terminal. Rules that no held role lists are left out.
std::string to_text(const Explanation& explanation);

}  // namespace sallyport::policy
