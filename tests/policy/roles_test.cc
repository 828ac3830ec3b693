// Who holds which role, and which rules a session is judged by.
#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

const char* const kPolicy = R"(version: 1
roles:
  - {name: readers, groups: [agents, "team-*"], targets: ["crm*"], rules: [reads]}
  - {name: writers, subjects: [bob@example.com], targets: [crm], rules: [writes]}
  - {name: corp-only, groups: [ops], issuers: [corp], targets: ["**"], rules: [reads, writes]}
  - {name: both, groups: [x], subjects: [carol], targets: [billing], rules: [reads]}
rules:
  - {id: reads, effect: allow, when: {action: read}}
  - {id: writes, effect: allow, when: {action: write}}
)";

std::vector<std::string> roles_of(const Principal& principal, std::string_view target) {
  const auto session = compile_all_effects(kPolicy)->bind(principal, target, "http");
  return session == nullptr ? std::vector<std::string>() : session->roles();
}

Principal person(std::string subject, std::vector<std::string> groups,
                 std::string issuer = "corp") {
  Principal principal;
  principal.issuer = std::move(issuer);
  principal.subject = std::move(subject);
  principal.groups = std::move(groups);
  return principal;
}

using Names = std::vector<std::string>;

TEST_CASE("A grant says what of the principal gave the role, and the entry where it is a pattern") {
  const auto grants = [](const Principal& principal, std::string_view target) {
    Names out;
    for (const Grant& grant : compile_all_effects(kPolicy)->grants(principal, target))
      out.push_back(grant.role + " <- " + grant.via);
    return out;
  };
  CHECK(grants(person("alice", {"x", "team-9"}), "crm") ==
        Names{"readers <- group team-9 (team-*)"});
  CHECK(grants(person("bob@example.com", {"agents"}), "crm") ==
        Names{"readers <- group agents", "writers <- subject bob@example.com"});
  CHECK(grants(person("alice", {"ops"}), "billing") ==
        Names{"corp-only <- group ops, issuer corp"});
  CHECK(grants(person("carol", {}), "billing") == Names{"both <- subject carol"});
  CHECK(grants(person("alice", {}), "crm").empty());
}

TEST_CASE("A role is held by group or subject, on its targets only") {
  CHECK(roles_of(person("alice", {"agents"}), "crm") == Names{"readers"});
  CHECK(roles_of(person("alice", {"x", "team-9"}), "crm-test") == Names{"readers"});
  CHECK(roles_of(person("alice", {"agents"}), "billing").empty());
  CHECK(roles_of(person("alice", {}), "crm").empty());
  CHECK(roles_of(person("alice", {"Agents"}), "crm").empty());
  CHECK(roles_of(person("bob@example.com", {}), "crm") == Names{"writers"});
  CHECK(roles_of(person("bob@example.com", {"agents"}), "crm") == Names{"readers", "writers"});
  CHECK(roles_of(person("carol", {}), "billing") == Names{"both"});
  CHECK(roles_of(person("dave", {"x"}), "billing") == Names{"both"});
}

TEST_CASE("A role may be limited to issuers, and a group of another issuer does not count") {
  CHECK(roles_of(person("eve", {"ops"}), "any/thing") == Names{"corp-only"});
  CHECK(roles_of(person("eve", {"ops"}, "dev"), "any/thing").empty());
}

TEST_CASE("A credential that is bound to a role opens sessions through that role only") {
  Principal bob = person("bob@example.com", {"agents"});
  bob.bound_role = "readers";
  CHECK(roles_of(bob, "crm") == Names{"readers"});
  const auto session = compile_all_effects(kPolicy)->bind(bob, "crm", "http");
  CHECK(judge(*session, http(ActionSet{Action::kWrite}, "POST", "/")) == "deny");
  bob.bound_role = "corp-only";  // exists, and is not his
  CHECK(roles_of(bob, "crm").empty());
  bob.bound_role = "nobody";
  CHECK(roles_of(bob, "crm").empty());
}

TEST_CASE("Without a role there is no session") {
  CHECK(compile_all_effects(kPolicy)->bind(person("x", {}), "crm", "http") == nullptr);
}

TEST_CASE("A session is judged by the rules of all roles that opened it") {
  const auto policy = compile_all_effects(kPolicy);
  const auto both = policy->bind(person("bob@example.com", {"agents"}), "crm", "http");
  CHECK(judge(*both, get("/")) == "allow reads");
  CHECK(judge(*both, http({Action::kWrite}, "POST", "/")) == "allow writes");
  Command read_write = http({Action::kRead, Action::kWrite}, "POST", "/");
  // Allow rules are not added together: one must cover the whole command.
  CHECK(judge(*both, read_write) == "deny");
  const auto reader = policy->bind(person("alice", {"agents"}), "crm", "http");
  CHECK(judge(*reader, http({Action::kWrite}, "POST", "/")) == "deny");
}

TEST_CASE("Rules may test whom and what the session is for") {
  const auto policy = compile_all_effects(
      policy_of("- {id: all, effect: allow}\n"
                "- {id: prod, effect: deny, when: {target: '*-prod', not: {group: [admins]}}}\n"
                "- {id: bot, effect: deny, when: {actor: 'bot-*'}}\n"
                "- {id: dev, effect: deny, when: {issuer: dev}}\n"
                "- {id: mallory, effect: deny, when: {subject: '/^mallory@/'}}\n"
                "- {id: pg, effect: deny, when: {protocol: postgres}}\n",
                {"all", "prod", "bot", "dev", "mallory", "pg"}));
  const auto judged = [&](const Principal& principal, std::string_view target,
                          std::string_view protocol = "http") {
    return judge(*policy->bind(principal, target, protocol), get("/"));
  };
  CHECK(judged(person("a", {"agents"}), "crm") == "allow all");
  CHECK(judged(person("a", {"agents"}), "crm-prod") == "deny prod");
  // In a deny rule `not` asks whether any group is another one.
  CHECK(judged(person("a", {"agents", "admins"}), "crm-prod") == "deny prod");
  CHECK(judged(person("a", {"agents"}, "dev"), "crm") == "deny dev");
  CHECK(judged(person("mallory@x", {"agents"}), "crm") == "deny mallory");
  CHECK(judged(person("a", {"agents"}), "crm", "postgres") == "deny pg");
  Principal delegated = person("a", {"agents"});
  delegated.actors = {"bot-7", "gateway"};
  CHECK(judged(delegated, "crm") == "deny bot");
  // RFC 8693 §4.1: earlier actors of the chain do not count.
  delegated.actors = {"gateway", "bot-7"};
  CHECK(judged(delegated, "crm") == "allow all");
}

TEST_CASE("Sessions that the policy cannot tell apart share one bound policy, others do not") {
  const auto policy = compile_all_effects(policy_of(
      "- {id: all, effect: allow}\n- {id: s, effect: deny, when: {subject: 'm*', target: x}}\n",
      {"all", "s"}));
  const auto alice = policy->bind(person("alice", {"agents"}), "x", "http");
  CHECK(alice == policy->bind(person("bob", {"agents", "others"}, "dev"), "x", "http"));
  const auto mallory = policy->bind(person("mallory", {"agents"}), "x", "http");
  CHECK(alice != mallory);
  CHECK(judge(*alice, get("/")) == "allow all");
  CHECK(judge(*mallory, get("/")) == "deny s");
  CHECK(alice != policy->bind(person("alice", {"agents"}), "y", "http"));
}

TEST_CASE("Of the roles that say what is recorded, the one that keeps most counts") {
  const auto policy = compile_all_effects(R"(version: 1
roles:
  - {name: silent, groups: [a], targets: ["*"], rules: [all]}
  - {name: nothing, groups: [b], targets: ["*"], rules: [all], record_payloads: none}
  - {name: heads, groups: [c], targets: ["*"], rules: [all], record_payloads: head}
rules:
  - {id: all, effect: allow}
)");
  const auto kept = [&](std::vector<std::string> groups) {
    return policy->bind(person("x", std::move(groups)), "crm", "http")->record_payloads();
  };
  CHECK_FALSE(kept({"a"}));
  CHECK(kept({"a", "b"}) == RecordPayloads::kNone);
  CHECK(kept({"b", "c"}) == RecordPayloads::kHead);
  const std::string wrong =
      "version: 1\nroles:\n  - {name: a, groups: [g], targets: [x], rules: [r], record_payloads: "
      "some}\n"
      "rules:\n  - {id: r, effect: allow}\n";
  CHECK(problems_of(wrong).find("must be one of full, head, none") != std::string::npos);
}

TEST_CASE("Where groups and target are not known, every role is held") {
  const auto policy = compile_all_effects(kPolicy);
  Scope scope;
  scope.protocol = "http";
  CHECK(policy->bind_scope(scope)->roles() == Names{"readers", "writers", "corp-only", "both"});
  scope.target = "billing";
  CHECK(policy->bind_scope(scope)->roles() == Names{"corp-only", "both"});
  scope.groups = Names{"agents"};
  CHECK(policy->bind_scope(scope) == nullptr);
  scope.target.reset();
  CHECK(policy->bind_scope(scope)->roles() == Names{"readers"});
}

}  // namespace
}  // namespace sallyport::policy
