// Files of test cases: reading, running, and the difference they print.
#include "policy/cases.h"

#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

CaseFile read(std::string_view text) {
  config::Problems problems;
  auto file = read_cases(text, "t.yaml", problems);
  INFO(problems.to_string());
  REQUIRE(file);
  return std::move(*file);
}

std::string problems_in(std::string_view text) {
  config::Problems problems;
  CHECK_FALSE(read_cases(text, "t.yaml", problems));
  return problems.to_string();
}

TEST_CASE("Cases run against a policy and the difference names expected and actual") {
  const auto policy = compile_all_effects(
      policy_of("- {id: reads, effect: allow, when: {action: read, time: Mon}}\n", {"reads"}));
  const CaseFile file = read(
      "policy: p.yaml\n"
      "cases:\n"
      "  - {name: a read, input: {action: read}, expect: allow, rule: reads}\n"
      "  - {input: {action: write}, expect: [deny, parse_error], rule: ''}\n"
      "  - {input: {error: bad}, expect: parse_error}\n"
      "  - {input: {action: read}, groups: [nobody], expect: deny}\n"
      "  - {input: {action: read}, time: '2026-11-24T00:00:00Z', expect: deny}\n"
      "  - name: wrong verdict\n"
      "    input: {action: write}\n"
      "    expect: allow\n"
      "  - {name: wrong rule, input: {action: read}, expect: allow, rule: other}\n");
  CHECK(file.policies == std::vector<std::string>{"p.yaml"});
  const auto results = run_cases(file, *policy, command_of_facts, monday_noon());
  REQUIRE(results.size() == 7);
  CHECK(to_text(results, "t.yaml") ==
        "t.yaml:8: wrong verdict\n"
        "- allow\n"
        "+ deny by no rule (No rule allows this.)\n"
        "t.yaml:11: wrong rule\n"
        "- allow by rule other\n"
        "+ allow by rule reads\n"
        "5 of 7 cases passed\n");
}

TEST_CASE("A case that cannot be run fails, whatever it expects") {
  const auto policy = compile_all_effects(policy_of("- {id: r, effect: deny}\n", {"r"}));
  const CaseFile file = read("[{input: x, expect: [allow, deny, approve, parse_error]}]");
  const DecodeInput decode = [](std::string_view, std::string_view) -> Result<Command> {
    return Error{ErrorCode::kUnsupported, "no such protocol"};
  };
  const auto results = run_cases(file, *policy, decode, monday_noon());
  CHECK_FALSE(results.front().passed);
  CHECK_THAT(to_text(results, "t.yaml"),
             Catch::Contains("+ not run by no rule (no such protocol)"));
}

TEST_CASE("Inputs are handed on as JSON, structured or as text") {
  const CaseFile file = read(
      "- {input: \"GET / HTTP/1.1\\r\\n\\r\\n\", expect: allow}\n"
      "- {input: {method: GET, headers: {X-A: [1, \"b\\\"\"]}, body: ~}, expect: allow}\n");
  CHECK(file.policies.empty());
  CHECK(file.cases[0].input == "\"GET / HTTP/1.1\\r\\n\\r\\n\"");
  CHECK(file.cases[1].input ==
        "{\"method\":\"GET\",\"headers\":{\"X-A\":[\"1\",\"b\\\"\"]},\"body\":null}");
  CHECK(file.cases[1].scope.protocol == "http");
  CHECK_FALSE(file.cases[1].scope.groups);
}

TEST_CASE("A file of cases is read strictly") {
  CHECK_THAT(problems_in("cases: [{input: x, expect: alow}]"),
             Catch::Contains("unknown decision \"alow\"; did you mean \"allow\"?"));
  CHECK_THAT(problems_in("cases: [{input: x, expected: allow}]"),
             Catch::Contains("unknown key \"expected\""));
  CHECK_THAT(problems_in("cases: [{expect: allow}]"), Catch::Contains("needs the key \"input\""));
  CHECK_THAT(problems_in("cases: []"), Catch::Contains("list of cases"));
  CHECK_THAT(problems_in("[{input: x, expect: deny, time: noon}]"), Catch::Contains("UTC"));
  CHECK_THAT(problems_in("[{input: x, expect: deny, time: '2026-02-30T00:00:00Z'}]"),
             Catch::Contains("UTC"));
  CHECK_THAT(problems_in("[{input: x, expect: deny, protocol: htp}]"),
             Catch::Contains("did you mean \"http\"?"));
}

}  // namespace
}  // namespace sallyport::policy
