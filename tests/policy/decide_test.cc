// Decisions: precedence, order, what must be named, observe, and the policy's identity.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>

#include "support.h"

namespace sallyport::policy {
namespace {

TEST_CASE("Deny beats approve beats allow, and nothing matching is a deny with a reason") {
  const char* rules =
      "- {id: a, effect: allow}\n"
      "- {id: b, effect: approve, when: {http.path: ['/b', '/c']}}\n"
      "- {id: c, effect: deny, when: {http.path: '/c'}, reason: Not here.}\n";
  const auto session = session_of(rules, {"a", "b", "c"});
  CHECK(judge(*session, get("/x")) == "allow a");
  CHECK(judge(*session, get("/b")) == "approve b");
  CHECK(judge(*session, get("/c")) == "deny c");
  CHECK(session->decide(get("/c"), monday_noon()).reason == "Not here.");
  const auto narrow = session_of("- {id: a, effect: allow, when: {http.path: /only}}\n", {"a"});
  const Decision nothing = narrow->decide(get("/x"), monday_noon());
  CHECK(nothing.verdict == Verdict::kDeny);
  CHECK(nothing.rule.empty());
  CHECK(nothing.reason == "No rule allows this.");
}

TEST_CASE("The order of rules and roles never changes a decision") {
  std::vector<std::string> rules = {
      "- {id: r1, effect: allow, when: {http.path: '/a/**'}}",
      "- {id: r2, effect: allow, when: {action: read}}",
      "- {id: r3, effect: deny, when: {http.path: '/a/x'}}",
      "- {id: r4, effect: deny, when: {http.method: DELETE}}",
      "- {id: r5, effect: approve, when: {action: write}}",
      "- {id: r6, effect: approve, when: {http.path: '/b/**'}}",
      "- {id: r7, effect: deny, mode: observe, when: {action: read}}",
      "- {id: r8, effect: allow, mode: observe, when: {http.path: '/**'}}"};
  std::vector<std::string> ids = {"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"};
  const std::vector<Command> commands = {get("/a/x"),
                                         get("/a/y"),
                                         get("/b/z"),
                                         get("/c"),
                                         http({Action::kDelete}, "DELETE", "/a/x"),
                                         http({Action::kWrite}, "POST", "/b/z"),
                                         http({Action::kWrite}, "POST", "/c")};
  std::vector<std::string> expected;
  std::mt19937 random(17);
  for (int round = 0; round < 40; ++round) {
    std::string text;
    for (const std::string& rule : rules) text += rule + "\n";
    const auto session = session_of(text, ids);
    std::vector<std::string> found;
    for (const Command& command : commands) {
      const Decision decision = session->decide(command, monday_noon());
      found.push_back(fmt::format("{} {}", to_string(decision.verdict), decision.rule));
      for (const std::string& observed : decision.observed) found.back() += " " + observed;
    }
    if (round == 0) expected = found;
    CHECK(found == expected);
    std::shuffle(rules.begin(), rules.end(), random);
    std::shuffle(ids.begin(), ids.end(), random);
  }
  CHECK(expected.front() == "deny r3 r7=deny r8=allow");
}

TEST_CASE("Unknown is denied unless a rule names it") {
  Command command = get("/x");
  command.actions = GENERATE(ActionSet{Action::kUnknown},
                             ActionSet{Action::kRead, Action::kUnknown}, ActionSet{});
  const auto judged = [&](std::string_view when, std::string_view effect = "allow") {
    const std::string rule = fmt::format("- {{id: r, effect: {}, when: {}}}\n", effect, when);
    return judge(*session_of(rule, {"r"}), command);
  };
  CHECK(judge(*session_of("- {id: r, effect: allow}\n", {"r"}), command) == "deny");
  CHECK(judged("{http.path: '/**'}") == "deny");
  CHECK(judged("{action: [read, write]}") == "deny");
  CHECK(judged("{not: {action: write}}") == "deny");
  CHECK(judged("{not: {action: [unknown, write]}}") == "deny");
  CHECK(judged("{any: [{action: unknown, http.path: /other}, {http.path: /x}]}") == "deny");
  CHECK(judged("{http.path: '/**'}", "approve") == "deny");
  CHECK(judged("{action: [read, unknown]}") == "allow r");
  CHECK(judged("{not: {not: {action: [read, unknown]}}}") == "allow r");
  CHECK(judged("{any: [{action: [read, unknown], http.path: /x}, {http.path: /y}]}") == "allow r");
  CHECK(judged("{any: [{group: agents}, {action: [read, unknown]}]}") == "allow r");
  CHECK(judged("{action: unknown}", "approve") == "approve r");
  CHECK(judged("{http.path: /x}", "deny") == "deny r");
  const auto session = session_of("- {id: r, effect: allow}\n", {"r"});
  CHECK_THAT(session->decide(command, monday_noon()).reason, Catch::Contains("action: unknown"));
}

TEST_CASE("An ambiguous request is denied unless a rule names the ambiguity") {
  const Command command = with(with(get("/a;v=1//b"), "http.ambiguous", "path_parameter"),
                               "http.ambiguous", "empty_segment");
  const auto judged = [&](std::string_view when) {
    const std::string rule = fmt::format("- {{id: r, effect: allow, when: {}}}\n", when);
    return judge(*session_of(rule, {"r"}), command);
  };
  CHECK(judged("{action: read}") == "deny");
  CHECK(judged("{http.ambiguous: path_parameter}") == "deny");
  CHECK(judged("{not: {http.ambiguous: encoded_slash}}") == "deny");
  CHECK(judged("{http.ambiguous: [path_parameter, empty_segment]}") == "allow r");
  CHECK(judged("{http.ambiguous: '*'}") == "allow r");
  const auto session = session_of("- {id: r, effect: allow}\n", {"r"});
  CHECK_THAT(session->decide(command, monday_noon()).reason, Catch::Contains("http.ambiguous"));
  CHECK(judge(*session, get("/a")) == "allow r");
}

TEST_CASE("A command that is both unknown and ambiguous needs both named") {
  Command command = with(get("/a"), "http.ambiguous", "encoded_slash");
  command.actions.add(Action::kUnknown);
  const auto judged = [&](std::string_view when) {
    const std::string rule = fmt::format("- {{id: r, effect: allow, when: {}}}\n", when);
    return judge(*session_of(rule, {"r"}), command);
  };
  CHECK(judged("{http.ambiguous: '*'}") == "deny");
  CHECK(judged("{action: [read, unknown]}") == "deny");
  CHECK(judged("{http.ambiguous: '*', action: [read, unknown]}") == "allow r");
}

TEST_CASE("A rule in observe mode is recorded and does nothing") {
  const char* rules =
      "- {id: reads, effect: allow, when: {action: read}}\n"
      "- {id: new-deny, effect: deny, mode: observe, when: {http.path: '/a/**'}}\n"
      "- {id: new-allow, effect: allow, mode: observe, when: {action: [read, write]}}\n";
  const auto session = session_of(rules, {"reads", "new-deny", "new-allow"});
  const Decision read = session->decide(get("/a/b"), monday_noon());
  CHECK(read.verdict == Verdict::kAllow);
  CHECK(read.observed == std::vector<std::string>{"new-deny=deny", "new-allow=allow"});
  const Decision write = session->decide(http({Action::kWrite}, "POST", "/c"), monday_noon());
  CHECK(write.verdict == Verdict::kDeny);
  CHECK(write.rule.empty());
  CHECK(write.observed == std::vector<std::string>{"new-allow=allow"});
}

TEST_CASE("A deny rule without a reason still says who denies") {
  const auto session = session_of("- {id: no, effect: deny}\n", {"no"});
  CHECK(session->decide(get("/"), monday_noon()).reason == "Rule no denies this.");
}

TEST_CASE("The policy id is the digest of the files' bytes") {
  const std::string text = policy_of("- {id: r, effect: allow}\n", {"r"});
  config::Problems problems;
  const auto one = compile({{"a.yaml", text}}, problems);
  const auto same = compile({{"b.yaml", text}}, problems);
  const auto other = compile({{"a.yaml", text + "# changed\n"}}, problems);
  const auto two = compile({{"a.yaml", text}, {"b.yaml", "version: 1\n"}}, problems);
  REQUIRE(problems.empty());
  CHECK(one->id().size() == 64);
  CHECK(one->id() == same->id());
  CHECK(one->id() != other->id());
  CHECK(one->id() != two->id());
  const auto session = one->bind(agent(), "crm", "http");
  CHECK(session->policy_id() == one->id());
  CHECK(session->decide(get("/"), monday_noon()).policy_id == one->id());
  // What sha256sum prints of a file with these bytes.
  const auto known = compile({{"a.yaml", "version: 1\n"}}, problems);
  CHECK(known->id() == "09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847");
}

TEST_CASE("A session keeps its policy alive") {
  std::shared_ptr<const SessionPolicy> session;
  {
    const auto policy = compile_all_effects(policy_of("- {id: r, effect: allow}\n", {"r"}));
    session = policy->bind(agent(), "crm", "http");
  }
  CHECK(judge(*session, get("/")) == "allow r");
}

TEST_CASE("Commands and policies larger than the stack's room are decided the same") {
  std::string rules;
  std::vector<std::string> ids;
  for (int i = 0; i < 700; ++i) {
    rules += fmt::format("- {{id: r{0}, effect: deny, when: {{http.query.q{0}: x}}}}\n", i);
    ids.push_back(fmt::format("r{}", i));
  }
  rules += "- {id: all, effect: allow}\n";
  ids.emplace_back("all");
  const auto session = session_of(rules, ids);
  Command command = get("/");
  for (int i = 0; i < 500; ++i)
    command.attributes.push_back({fmt::format("http.query.q{}", i), "y"});
  CHECK(judge(*session, command) == "allow all");
  command.attributes.push_back({"http.query.q699", "x"});
  CHECK(judge(*session, command) == "deny r699");
}

}  // namespace
}  // namespace sallyport::policy
