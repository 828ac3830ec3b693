#include "policy/cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sallyport::policy {
namespace {

CaseResult run_case(const Case& test, const CompiledPolicy& policy, const DecodeInput& decode,
                    WallTime now) {
  CaseResult result;
  result.test = &test;
  const Result<Command> command = decode(test.scope.protocol, test.input);
  if (!command) {
    const bool malformed = command.error().code == ErrorCode::kMalformed;
    result.decision = malformed ? "parse_error" : "not run";
    result.reason = command.error().detail;
  } else if (const auto session = policy.bind_scope(test.scope)) {
    const Decision decision = session->decide(*command, test.time.value_or(now));
    result.decision = to_string(decision.verdict);
    result.rule = decision.rule;
    result.reason = decision.reason;
  } else {
    result.decision = "deny";
    result.reason = "No role opens a session here.";
  }
  const bool expected =
      std::find(test.expect.begin(), test.expect.end(), result.decision) != test.expect.end();
  result.passed = expected && (!test.rule || *test.rule == result.rule);
  return result;
}

std::string with_rule(std::string decision, const std::optional<std::string>& rule) {
  if (!rule) return decision;
  return decision + (rule->empty() ? " by no rule" : " by rule " + *rule);
}

}  // namespace

std::vector<CaseResult> run_cases(const CaseFile& file, const CompiledPolicy& policy,
                                  const DecodeInput& decode, WallTime now) {
  std::vector<CaseResult> results;
  for (const Case& test : file.cases) results.push_back(run_case(test, policy, decode, now));
  return results;
}

std::string to_text(const std::vector<CaseResult>& results, const std::string& file) {
  std::string out;
  std::size_t passed = 0;
  for (const CaseResult& result : results) {
    if (result.passed) {
      ++passed;
      continue;
    }
    const Case& test = *result.test;
    const std::string expected = fmt::format("{}", fmt::join(test.expect, " or "));
    out += fmt::format("{}:{}: {}\n", file, test.position.line, test.name);
    out += fmt::format("- {}\n", with_rule(expected, test.rule));
    out += "+ " + with_rule(result.decision, result.rule);
    out += result.reason.empty() ? "\n" : fmt::format(" ({})\n", result.reason);
  }
  return out + fmt::format("{} of {} cases passed\n", passed, results.size());
}

}  // namespace sallyport::policy
