// What a session masks: from which rules, for whom, how strictly, and with which key.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

using Names = std::vector<std::string>;

std::string masked(const Masks& masks, std::string_view text,
                   TextFormat format = TextFormat::kPlain) {
  return masks.texts == nullptr ? std::string(text) : masks.texts->apply(text, format);
}

Names names_for(const CompiledPolicy& policy, const Principal& principal, std::string_view target,
                std::string_view protocol = "http") {
  const auto session = policy.bind(principal, target, protocol);
  return session == nullptr ? Names{"no session"} : session->masks().names;
}

Names names_of(std::string_view rules, const Names& ids) {
  return session_of(rules, ids)->masks().names;
}

std::string with_patterns(std::string policy) {
  return policy + "patterns: {badge: '\\bB-[0-9]{6}\\b', ticket: 'T[0-9]+'}\n";
}

TEST_CASE("A rule's mask names detectors, patterns, columns and pointers, each with its style") {
  const auto policy = compile_all_effects(with_patterns(policy_of(
      "- id: r\n"
      "  effect: allow\n"
      "  mask:\n"
      "    - card\n"
      "    - badge\n"
      "    - {detect: [email, ticket], with: partial}\n"
      "    - {columns: [customers.salary, 'hr.*.ssn'], json: '/items/*/price', with: hash}\n"
      "    - {unreadable: pass, derived: mask}\n",
      {"r"})));
  const auto session = policy->bind(agent(), "crm", "http");
  const Masks& masks = session->masks();
  CHECK(masks.names == Names{"badge", "card", "email:partial", "ticket:partial",
                             "columns:customers.salary:hash", "columns:hr.*.ssn:hash",
                             "json:/items/*/price:hash", "unreadable:pass", "derived:mask"});
  REQUIRE(masks.columns.size() == 2);
  CHECK(masks.columns[0].pattern == "customers.salary");
  CHECK(masks.columns[0].style == MaskStyle::kHash);
  CHECK(masks.pass_unreadable);
  CHECK(masks.mask_derived);
  CHECK(masked(masks, "B-123456 4111111111111111 bob@example.com T123456789 123-45-6789") ==
        "**** **** ****.com ****6789 123-45-6789");
  CHECK_FALSE(masks.texts->covers(TextFormat::kPlain));
  CHECK(masks.texts->covers(TextFormat::kJson));
}

TEST_CASE("A mask is one entry or a list of them") {
  const auto names = [](const std::string& mask) {
    return names_of("- {id: r, effect: allow, mask: " + mask + "}\n", {"r"});
  };
  CHECK(names("card") == Names{"card"});
  CHECK(names("[card, ssn]") == Names{"card", "ssn"});
  CHECK(names("{detect: card}") == Names{"card"});
  CHECK(names("{detect: [card, ssn], with: hash, unreadable: pass}") ==
        Names{"card:hash", "ssn:hash", "unreadable:pass"});
  CHECK(names("all").size() == 12);
  CHECK(names("[all, {detect: card, with: partial}]").at(2) == "card");
  CHECK(names("{derived: deny}") == Names{});
}

TEST_CASE("Without a mask nothing is masked, and a reader of unreadable content is not told to") {
  const auto session = session_of("- {id: r, effect: allow}\n", {"r"});
  CHECK(session->masks().empty());
  CHECK(session->masks().names.empty());
  CHECK_FALSE(session->masks().pass_unreadable);
  CHECK_FALSE(session->masks().mask_derived);
}

TEST_CASE("Masks come from every rule of the roles, whichever rule decides") {
  const auto session = session_of(
      "- {id: reads, effect: allow, when: {action: read}, mask: card}\n"
      "- {id: no-admin, effect: deny, when: {http.path: /admin}, mask: ssn}\n"
      "- {id: asks, effect: approve, when: {action: write}, mask: email}\n"
      "- {id: other, effect: allow, mask: phone}\n",
      {"reads", "no-admin", "asks"});
  CHECK(judge(*session, get("/a")) == "allow reads");
  CHECK(session->masks().names == Names{"card", "email", "ssn"});
}

TEST_CASE("Of what is wanted twice the strictest holds") {
  const char* const rules =
      "- {id: a, effect: allow, mask: [{detect: [card, ssn, email], with: partial, unreadable: "
      "pass, derived: mask}]}\n"
      "- {id: b, effect: allow, mask: [{detect: [card, ssn], with: hash}, {columns: [c.s], with: "
      "partial}]}\n"
      "- {id: c, effect: allow, mask: [ssn, {columns: [c.s], with: hash}]}\n"
      "- {id: d, effect: allow, mask: {unreadable: refuse, derived: deny}}\n";
  CHECK(names_of(rules, {"a"}) ==
        Names{"card:partial", "email:partial", "ssn:partial", "unreadable:pass", "derived:mask"});
  // A rule that says nothing about it does not take back what another says.
  CHECK(names_of(rules, {"a", "b", "c"}) == Names{"card:hash", "email:partial", "ssn",
                                                  "columns:c.s:hash", "unreadable:pass",
                                                  "derived:mask"});
  CHECK(names_of(rules, {"c", "b", "a", "d"}) ==
        Names{"card:hash", "email:partial", "ssn", "columns:c.s:hash"});
}

TEST_CASE("Target, protocol, group, issuer, subject and actor limit a mask") {
  const auto policy = compile_all_effects(policy_of(
      "- {id: t, effect: allow, when: {target: 'crm*'}, mask: card}\n"
      "- {id: p, effect: allow, when: {protocol: postgres}, mask: ssn}\n"
      "- {id: g, effect: allow, when: {group: contractors}, mask: email}\n"
      "- {id: s, effect: allow, when: {not: {subject: alice@example.com}}, mask: phone}\n"
      "- {id: i, effect: allow, when: {issuer: partner}, mask: iban}\n"
      "- {id: a, effect: allow, when: {any: [{actor: 'bot-*'}, {actor: cron}]}, mask: jwt}\n",
      {"t", "p", "g", "s", "i", "a"}));
  Principal person = agent();
  CHECK(names_for(*policy, person, "crm-eu") == Names{"card"});
  CHECK(names_for(*policy, person, "hr") == Names{});
  CHECK(names_for(*policy, person, "hr", "postgres") == Names{"ssn"});
  // One group among several is enough, also in an allow rule, which would not match.
  person.groups.emplace_back("contractors");
  CHECK(names_for(*policy, person, "hr") == Names{"email"});
  person = agent();
  person.subject = "bob";
  person.issuer = "partner";
  person.actors = {"bot-7"};
  CHECK(names_for(*policy, person, "hr") == Names{"iban", "jwt", "phone"});
}

TEST_CASE("Facts of single commands never keep a mask away") {
  for (const char* const when : {"{action: read}", "{action: unknown}", "{http.path: /customers}",
                                 "{not: {http.path: '**'}}", "{text: x, time: 'Mon 00:00-00:01'}",
                                 "{any: [{target: other}, {http.method: GET}]}",
                                 "{all: [{target: crm}, {not: {http.header.x: y}}]}",
                                 "{not: {all: [{target: crm}, {action: read}]}}"}) {
    INFO(when);
    CHECK(names_of(fmt::format("- {{id: r, effect: allow, when: {}, mask: card}}\n", when),
                   {"r"}) == Names{"card"});
  }
  for (const char* const when :
       {"{target: other, action: read}", "{any: [{target: other}, {protocol: ssh}]}",
        "{not: {any: [{target: crm}, {action: read}]}}"}) {
    INFO(when);
    CHECK(names_of(fmt::format("- {{id: r, effect: allow, when: {}, mask: card}}\n", when),
                   {"r"}) == Names{});
  }
}

TEST_CASE("A rule that only observes masks nothing") {
  CHECK(names_of("- {id: r, effect: allow, mode: observe, mask: card}\n"
                 "- {id: s, effect: allow, mask: ssn}\n",
                 {"r", "s"}) == Names{"ssn"});
}

TEST_CASE("What is hashed depends on the deployment's key, and is redacted without one") {
  const auto policy = compile_all_effects(with_patterns(policy_of(
      "- {id: r, effect: allow, mask: {detect: [card, badge], json: /n, with: hash}}\n", {"r"})));
  const auto card = [](const std::shared_ptr<const CompiledPolicy>& compiled) {
    return masked(compiled->bind(agent(), "crm", "http")->masks(), "4111111111111111 B-123456");
  };
  const auto keyed = [&](char fill) {
    return policy->with_mask_key(config::SecretBytes(std::string(32, fill)));
  };
  CHECK(card(policy) == "**** ****");
  CHECK_THAT(card(keyed('a')), Catch::StartsWith("card_") && Catch::Contains(" badge_"));
  CHECK(card(keyed('a')) == card(keyed('a')));
  CHECK(card(keyed('a')) != card(keyed('b')));
  CHECK(keyed('a')->id() == policy->id());
  CHECK(judge(*keyed('a')->bind(agent(), "crm", "http"), get("/a")) == "allow r");
}

TEST_CASE("What a pointer leads to is masked whatever it looks like, with the deployment's key") {
  const auto policy = compile_all_effects(
      policy_of("- {id: r, effect: allow, mask: [card, {json: '/*/pay', with: hash}]}\n"
                "- {id: s, effect: deny, mask: {json: '/*/pay', with: partial}}\n",
                {"r", "s"}));
  const std::string text = R"([{"pay":1000,"id":7,"n":"4111111111111111"}])";
  const auto masked_json = [&](const CompiledPolicy& compiled) {
    return masked(compiled.bind(agent(), "crm", "http")->masks(), text, TextFormat::kJson);
  };
  CHECK(masked_json(*policy) == R"([{"pay":"****","id":7,"n":"****"}])");
  const std::string hashed =
      masked_json(*policy->with_mask_key(config::SecretBytes(std::string(32, 'k'))));
  CHECK_THAT(hashed,
             Catch::StartsWith(R"([{"pay":"pay_)") && Catch::EndsWith(R"(,"id":7,"n":"****"}])"));
}

TEST_CASE("Sessions that mask the same share one compiled mask, and others do not") {
  const auto policy = compile_all_effects(policy_of(
      "- {id: r, effect: allow, mask: [card, {columns: [a.b]}]}\n"
      "- {id: hr, effect: deny, when: {target: hr}, mask: {detect: card, with: partial}}\n"
      "- {id: eu, effect: deny, when: {target: eu}, mask: ssn}\n"
      "- {id: j, effect: deny, when: {target: j}, mask: {json: [/a, /b]}}\n"
      "- {id: k, effect: deny, when: {target: k}, mask: {json: \"/a\\njson:/b\"}}\n",
      {"r", "hr", "eu", "j", "k"}));
  const auto crm = policy->bind(agent(), "crm", "http");
  const auto hr = policy->bind(agent(), "hr", "http");
  const auto eu = policy->bind(agent(), "eu", "http");
  const auto j = policy->bind(agent(), "j", "http");
  const auto k = policy->bind(agent(), "k", "http");
  CHECK(crm != hr);
  CHECK(crm->masks().texts == hr->masks().texts);
  CHECK(crm->masks().texts != eu->masks().texts);
  CHECK(j->masks().texts != k->masks().texts);
}

TEST_CASE("Masks of another version of the policy leave those of live sessions alone") {
  const auto text = [](const char* mask) {
    return policy_of(fmt::format("- {{id: r, effect: allow, mask: {}}}\n", mask), {"r"});
  };
  auto before = compile_all_effects(text("card"));
  const auto session = before->bind(agent(), "crm", "http");
  before.reset();
  const auto after = compile_all_effects(text("ssn"));
  CHECK(masked(session->masks(), "4111111111111111") == "****");
  CHECK(masked(after->bind(agent(), "crm", "http")->masks(), "4111111111111111") ==
        "4111111111111111");
}

TEST_CASE("Patterns of all files are known to all of them, once") {
  const std::string rules = policy_of("- {id: r, effect: allow, mask: badge}\n", {"r"});
  const std::string patterns = "version: 1\npatterns:\n  badge: 'B-[0-9]{6}'\n";
  config::Problems problems;
  const auto policy = compile({{"1.yaml", rules}, {"2.yaml", patterns}}, problems);
  INFO(problems.to_string());
  REQUIRE(policy != nullptr);
  CHECK(masked(policy->bind(agent(), "crm", "http")->masks(), "B-123456") == "****");
  CHECK(compile({{"1.yaml", rules}, {"2.yaml", patterns}, {"3.yaml", patterns}}, problems) ==
        nullptr);
  CHECK_THAT(problems.to_string(), Catch::Contains("3.yaml:3:10: the pattern \"badge\" stands "
                                                   "twice; the first is at 2.yaml:3"));
}

TEST_CASE("A policy has no more patterns and pointers than one mask can have") {
  const auto rule = policy_of("- {id: r, effect: allow, mask: card}\n", {"r"});
  const auto patterns = [&](int count) {
    std::string text = rule + "patterns:\n";
    for (int i = 0; i < count; ++i) text += fmt::format("  p{}: 'x{}'\n", i, i);
    return problems_of(text);
  };
  CHECK(patterns(64).empty());
  CHECK_THAT(patterns(65), Catch::Contains("there can be 64 patterns"));
  const auto pointers = [](int count) {
    std::string list = "/a";
    for (int i = 1; i < count; ++i) list += fmt::format(", /a{}", i);
    return problems_of(policy_of("- {id: r, effect: allow, mask: {json: [" + list +
                                     "]}}\n"
                                     "- {id: s, effect: allow, mask: {json: /a}}\n",
                                 {"r", "s"}));
  };
  CHECK(pointers(64).empty());
  CHECK_THAT(pointers(65), Catch::Contains("a policy masks at most 64 JSON pointers"));
}

}  // namespace
}  // namespace sallyport::policy
