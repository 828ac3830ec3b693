// Test cases kept beside a policy (docs/policy.md, "Testing a policy"), for `sallyport policy
// test`. Reads the file's text, runs each case against a compiled policy and says what differs.
// Decoding an input into a Command is the protocol's work and comes in as a function; no files are
// opened here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "core/config/yaml.h"
#include "policy/compile.h"

namespace sallyport::policy {

// `input` is JSON: a string (the raw request, SQL text or exec line) or an object (a structured
// form). An error means that the input is malformed: the decision is then "parse_error".
using DecodeInput =
    std::function<Result<Command>(std::string_view protocol, std::string_view input)>;

struct Case {
  std::string name;
  std::string input;  // JSON, as DecodeInput takes it
  Scope scope;
  std::optional<WallTime> time;     // `time:` of the case; else the caller's
  std::vector<std::string> expect;  // any of: allow, deny, approve, parse_error
  std::optional<std::string> rule;  // the deciding rule; "" means that none decides
  config::Position position;
};

struct CaseFile {
  std::vector<std::string>
      policies;  // as written, relative to the case file; empty: not named there
  std::vector<Case> cases;
};

struct CaseResult {
  const Case* test = nullptr;  // of the CaseFile
  bool passed = false;
  std::string decision;  // allow, deny, approve, parse_error, or "not run"
  std::string rule;
  std::string reason;  // the decision's, or why the input is malformed
};

std::optional<CaseFile> read_cases(std::string_view text, const std::string& file,
                                   config::Problems& problems);

// A scope for which no role is held gives "deny" with no rule.
std::vector<CaseResult> run_cases(const CaseFile& file, const CompiledPolicy& policy,
                                  const DecodeInput& decode, WallTime now);

// Expected and actual of each case that failed, as "-" and "+" lines, then a line of counts.
std::string to_text(const std::vector<CaseResult>& results, const std::string& file);

}  // namespace sallyport::policy
