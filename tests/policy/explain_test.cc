// Explanations name the rules, the tests and the values they saw, and agree with the decision.
#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

const char* const kRules =
    "- {id: reads, effect: allow, when: {action: read, not: {http.path: '/admin/**'}}}\n"
    "- {id: prod, effect: deny, when: {target: '*-prod'}}\n"
    "- {id: watch, effect: deny, mode: observe, when: {http.header.user-agent: '/curl/'}}\n"
    "- {id: other, effect: allow}\n";

Explanation explain(const Command& command, std::string_view target) {
  const auto policy = compile_all_effects(policy_of(kRules, {"reads", "prod", "watch"}));
  return policy->explain(command, Scope::of(agent(), target, "http"), monday_noon());
}

TEST_CASE("An explanation says of each rule which test failed and what it saw") {
  const Explanation e = explain(with(get("/admin/x"), "http.header.user-agent", "curl/8"), "crm");
  CHECK(e.roles == std::vector<std::string>{"agent"});
  CHECK(e.decision.verdict == Verdict::kDeny);
  REQUIRE(e.rules.size() == 4);
  const RuleReport& reads = e.rules[0];
  CHECK_FALSE(reads.matched);
  REQUIRE(reads.tests.size() == 2);
  CHECK(reads.tests[0].test == "action: read");
  CHECK(reads.tests[0].holds);
  CHECK(reads.tests[0].values == std::vector<std::string>{"read"});
  CHECK(reads.tests[1].test == "not http.path: /admin/**");
  CHECK_FALSE(reads.tests[1].holds);
  CHECK(reads.tests[1].values == std::vector<std::string>{"/admin/x"});
  CHECK(reads.tests[1].position.line == 8);
  CHECK(e.rules[1].tests[0].values == std::vector<std::string>{"crm"});
  CHECK(e.rules[2].matched);
  CHECK(e.rules[2].observe);
  CHECK_FALSE(e.rules[3].held);
}

TEST_CASE("An explanation names what a rule would have to name") {
  Command command = with(get("/a"), "http.ambiguous", "encoded_slash");
  command.actions = {Action::kRead};
  const Explanation e = explain(command, "crm");
  CHECK_FALSE(e.rules[0].matched);
  CHECK(e.rules[0].unnamed == std::vector<std::string>{"http.ambiguous"});
  CHECK(e.rules[0].tests[0].holds);
}

TEST_CASE("The text of an explanation is for a terminal") {
  const std::string text =
      to_text(explain(with(get("/a"), "http.header.user-agent", "curl\x1b[2J"), "crm-prod"));
  CHECK(text ==
        "decision: deny\n"
        "rule: prod\n"
        "reason: Rule prod denies this.\n"
        "roles: agent\n"
        "observed: watch=deny\n"
        "+ reads (allow) matched\n"
        "    yes action: read: saw read\n"
        "    yes not http.path: /admin/**: saw /a\n"
        "+ prod (deny) matched\n"
        "    yes target: *-prod: saw crm-prod\n"
        "+ watch (deny, observe) matched\n"
        "    yes http.header.user-agent: /curl/: saw curl\\x1b[2J\n");
}

TEST_CASE("Without a role the explanation says so") {
  const auto policy = compile_all_effects(policy_of(kRules, {"reads"}));
  const Explanation e =
      policy->explain(get("/"), Scope::of(Principal{}, "crm", "http"), monday_noon());
  CHECK(e.roles.empty());
  CHECK(e.decision.verdict == Verdict::kDeny);
  CHECK(e.decision.reason == "No role opens a session here.");
}

TEST_CASE("An explanation names what is masked, and the rules that ask for it") {
  const auto policy =
      compile_all_effects(policy_of("- {id: reads, effect: allow, when: {action: read}, mask: "
                                    "[card, {detect: ssn, with: hash}]}\n"
                                    "- {id: hr, effect: deny, when: {target: hr}, mask: email}\n"
                                    "- {id: watch, effect: deny, mode: observe, mask: phone}\n"
                                    "- {id: other, effect: deny, mask: iban}\n",
                                    {"reads", "hr", "watch"}));
  const Explanation e = policy->explain(http({Action::kWrite}, "POST", "/a"),
                                        Scope::of(agent(), "crm", "http"), monday_noon());
  const std::vector<std::string> names = {"card", "ssn:hash"};
  CHECK(e.masks == names);
  CHECK_FALSE(e.rules[0].matched);
  CHECK(e.rules[0].masks == names);
  for (std::size_t i = 1; i < e.rules.size(); ++i) CHECK(e.rules[i].masks.empty());
  CHECK_THAT(to_text(e), Catch::Contains("\nmasks: card, ssn:hash\n") &&
                             Catch::Contains("\n- reads (allow)\n    masks card, ssn:hash\n"));
}

}  // namespace
}  // namespace sallyport::policy
