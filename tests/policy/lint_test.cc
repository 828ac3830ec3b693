// Warnings: what compiles and is probably not meant.
#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

std::string warnings_of(std::string_view rules, const std::vector<std::string>& ids) {
  config::Problems problems;
  config::Problems warnings;
  const auto policy = compile({{"p.yaml", policy_of(rules, ids)}}, problems, &warnings);
  INFO(problems.to_string());
  REQUIRE(policy != nullptr);
  return warnings.to_string();
}

TEST_CASE("A sound policy gives no warning") {
  CHECK(warnings_of("- {id: r, effect: allow, when: {http.method: GET, http.path: '/a/**'}}\n"
                    "- {id: d, effect: deny, when: {http.path: ['/a/x', '/a/x/**']}}\n",
                    {"r", "d"}) == "");
}

TEST_CASE("A rule that no role uses is pointed out") {
  CHECK(warnings_of("- {id: r, effect: deny}\n- {id: s, effect: deny}\n", {"r"}) ==
        "p.yaml:9:5: no role uses the rule s\n");
}

TEST_CASE("Allowing everything or the unknown is pointed out") {
  CHECK_THAT(warnings_of("- {id: r, effect: allow}\n", {"r"}),
             Catch::Contains("rule r allows every command"));
  CHECK_THAT(warnings_of("- {id: r, effect: allow, when: {action: unknown}}\n", {"r"}),
             Catch::Contains("does not understand"));
  CHECK(warnings_of("- {id: r, effect: deny, when: {action: unknown}}\n", {"r"}) == "");
}

TEST_CASE("A rule that can never match is pointed out") {
  CHECK_THAT(warnings_of("- {id: r, effect: allow, when: {all: [{action: read}, {action: "
                         "write}]}}\n",
                         {"r"}),
             Catch::Contains("rule r can never match"));
  CHECK_THAT(warnings_of("- {id: r, effect: allow, when: {http.path: /a, all: [{http.method: "
                         "GET}, {http.method: PUT}]}}\n",
                         {"r"}),
             Catch::Contains("rule r can never match"));
  CHECK(warnings_of("- {id: r, effect: deny, when: {all: [{action: read}, {action: write}]}}\n",
                    {"r"}) == "");
}

TEST_CASE("Patterns that match more or less than they seem to are pointed out") {
  CHECK_THAT(warnings_of("- {id: r, effect: deny, when: {http.path: '/admin/**'}}\n", {"r"}),
             Catch::Contains("/admin/** does not match /admin itself"));
  CHECK_THAT(warnings_of("- {id: r, effect: allow, when: {http.host: '/internal/'}}\n", {"r"}),
             Catch::Contains("anywhere"));
  CHECK(warnings_of("- {id: r, effect: allow, when: {http.host: '/(?i)^internal$/'}}\n", {"r"}) ==
        "");
  CHECK_THAT(warnings_of("- {id: r, effect: deny, when: {http.method: delete}}\n", {"r"}),
             Catch::Contains("methods are case-sensitive"));
}

TEST_CASE("Masks that hold for more or less than they seem to are pointed out") {
  CHECK(warnings_of("- {id: r, effect: allow, when: {action: read, target: crm}, mask: [card, "
                    "{detect: card, with: partial}, {columns: [customers.ssn]}]}\n",
                    {"r"}) == "");
  CHECK(warnings_of("- {id: r, effect: allow, when: {http.path: '/a/**', any: [{text: x}, {group: "
                    "g}]}, mask: card}\n",
                    {"r"}) ==
        "p.yaml:8:5: the mask of rule r holds for whole sessions, whatever http.path, text is; "
        "only target, protocol, group, issuer, subject and actor limit it\n");
  CHECK_THAT(warnings_of("- {id: r, effect: deny, mode: observe, mask: card}\n", {"r"}),
             Catch::Contains("rule r only observes, so it masks nothing"));
  CHECK(
      warnings_of("- {id: r, effect: deny, mask: {detect: [card, jwt], with: partial}}\n", {"r"}) ==
      "p.yaml:8:49: `with: partial` shows the last four characters of each jwt\n");
  CHECK_THAT(warnings_of("- {id: r, effect: deny, mask: {columns: [Customers.ssn]}}\n", {"r"}),
             Catch::Contains("is Customers.ssn meant?"));
}

TEST_CASE("A pattern that no mask uses is pointed out") {
  config::Problems problems;
  config::Problems warnings;
  const std::string text = policy_of("- {id: r, effect: deny, mask: used}\n", {"r"}) +
                           "patterns: {used: 'x+', badge: 'B-[0-9]{6}'}\n";
  REQUIRE(compile({{"p.yaml", text}}, problems, &warnings) != nullptr);
  CHECK(warnings.to_string() == "p.yaml:9:31: no mask uses the pattern badge\n");
}

TEST_CASE("Columns are pointed out where no target has any") {
  config::Problems problems;
  config::Problems warnings;
  const auto policy =
      compile({{"p.yaml", policy_of("- {id: r, effect: deny, mask: {columns: [a.b]}}\n", {"r"})}},
              problems, &warnings);
  REQUIRE(policy != nullptr);
  policy->find_target_doubts({"http", "postgres"}, warnings);
  CHECK(warnings.empty());
  policy->find_target_doubts({"http"}, warnings);
  CHECK(warnings.to_string() ==
        "p.yaml:8:44: no target speaks postgres, so rule r masks the column a.b nowhere\n");
}

TEST_CASE("A policy without roles is pointed out") {
  config::Problems problems;
  config::Problems warnings;
  REQUIRE(compile({{"p.yaml", "version: 1\n"}}, problems, &warnings) != nullptr);
  CHECK_THAT(warnings.to_string(), Catch::Contains("no session can open"));
}

}  // namespace
}  // namespace sallyport::policy
