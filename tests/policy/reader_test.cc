// What the reader refuses, with the place and the suggestion. Each file of tests/data/policy/bad
// lists in its first lines, as "# LINE:COLUMN: text", the problems it must give: all of them, in
// that order.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "policy/limits.h"
#include "support.h"

namespace sallyport::policy {
namespace {

std::vector<std::string> expected_problems(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line) && line.starts_with("# ");)
    lines.push_back(line.substr(2));
  return lines;
}

TEST_CASE("Each bad policy gives its problems with line, column and suggestion") {
  const std::vector<std::string> files = files_in("tests/data/policy/bad", ".yaml");
  REQUIRE(files.size() >= 8);
  for (const std::string& path : files) {
    const std::string text = read_file(path);
    config::Problems problems;
    CHECK(compile({{"p.yaml", text}}, problems) == nullptr);
    const std::vector<std::string> expected = expected_problems(text);
    INFO(path << "\n" << problems.to_string());
    REQUIRE(problems.list().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK_THAT(problems.list()[i].to_string(),
                 Catch::StartsWith("p.yaml:" + expected[i].substr(0, expected[i].find(' '))) &&
                     Catch::Contains(expected[i].substr(expected[i].find(' ') + 1)));
  }
}

TEST_CASE("Several files make one policy, and what stands twice is a problem") {
  const std::string roles =
      "version: 1\nroles:\n  - {name: a, groups: [agents], targets: ['*'], rules: [r, s]}\n";
  const std::string rules = "version: 1\nrules:\n  - {id: r, effect: allow}\n";
  const std::string more = "version: 1\nrules:\n  - {id: s, effect: deny, when: {http.path: /s}}\n";
  config::Problems problems;
  const auto policy = compile({{"1.yaml", roles}, {"2.yaml", rules}, {"3.yaml", more}}, problems);
  INFO(problems.to_string());
  REQUIRE(policy != nullptr);
  CHECK(policy->role_count() == 1);
  CHECK(policy->rule_count() == 2);
  CHECK(judge(*policy->bind(agent(), "crm", "http"), get("/s")) == "deny s");
  CHECK(judge(*policy->bind(agent(), "crm", "http"), get("/r")) == "allow r");
  CHECK(compile({{"1.yaml", roles}, {"2.yaml", rules}}, problems) == nullptr);
  CHECK_THAT(problems.to_string(),
             Catch::Contains("1.yaml:3:") && Catch::Contains("there is no rule \"s\""));
  config::Problems twice;
  CHECK(compile({{"1.yaml", roles}, {"2.yaml", rules}, {"3.yaml", rules + more.substr(18)}},
                twice) == nullptr);
  CHECK_THAT(twice.to_string(), Catch::Contains("3.yaml:3:5: the rule \"r\" stands twice; the "
                                                "first is at 2.yaml:3"));
}

TEST_CASE("Conditions nest up to their limit and not beyond") {
  const auto nested = [](std::size_t depth) {
    std::string when = "{action: read}";
    for (std::size_t i = 1; i < depth; ++i) when = "{not: " + when + "}";
    return policy_of("- {id: r, effect: allow, when: " + when + "}\n", {"r"});
  };
  CHECK(problems_of(nested(kConditionDepth)).empty());
  CHECK_THAT(problems_of(nested(kConditionDepth + 1)), Catch::Contains("nest at most 32 deep"));
}

TEST_CASE("Lists and ids have a limit") {
  const auto list = [](std::size_t items) {
    std::string values = "a";
    for (std::size_t i = 1; i < items; ++i) values += ", a";
    return policy_of("- {id: r, effect: allow, when: {text: [" + values + "]}}\n", {"r"});
  };
  CHECK(problems_of(list(kListItems)).empty());
  CHECK_THAT(problems_of(list(kListItems + 1)), Catch::Contains("at most 4096 values"));
  const std::string id(kIdBytes, 'x');
  CHECK(problems_of(policy_of("- {id: " + id + ", effect: allow}\n", {id})).empty());
  CHECK_FALSE(problems_of(policy_of("- {id: x" + id + ", effect: allow}\n", {"x" + id})).empty());
}

TEST_CASE("Header names are compared without case and query names with it") {
  const auto session = session_of(
      "- {id: h, effect: deny, when: {http.header.X-Debug: '*'}}\n"
      "- {id: q, effect: deny, when: {http.query.Debug: '*'}}\n"
      "- {id: all, effect: allow}\n",
      {"h", "q", "all"});
  CHECK(judge(*session, with(get("/"), "http.header.x-debug", "1")) == "deny h");
  CHECK(judge(*session, with(get("/"), "http.query.Debug", "1")) == "deny q");
  CHECK(judge(*session, with(get("/"), "http.query.debug", "1")) == "allow all");
}

TEST_CASE("Approval is read where it is supported and refused where it is not") {
  const std::string text = policy_of("- {id: r, effect: approve}\n", {"r"});
  CHECK(compile_all_effects(text) != nullptr);
  CHECK_THAT(problems_of(text),
             Catch::Contains("`effect: approve` is not yet supported in this version"));
}

}  // namespace
}  // namespace sallyport::policy
