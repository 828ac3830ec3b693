#include "tools/commands/policy_input.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tools/cli/parser.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
roles:
  - {name: agent, groups: [agents], targets: [crm], rules: [reads, no-delete]}
rules:
  - {id: reads, when: {action: read}, effect: allow}
  - {id: no-delete, when: {action: delete}, effect: deny, reason: Never.}
)";

std::shared_ptr<const policy::CompiledPolicy> compiled() {
  config::Problems problems;
  auto out = policy::compile({{"p.yaml", std::string(kPolicy)}}, problems);
  REQUIRE(out);
  return out;
}

constexpr std::string_view kGet = R"("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")";
constexpr std::string_view kDelete = R"("DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n")";

Judgement judged(std::string_view input, policy::Scope scope = {}) {
  scope.protocol = "http";
  return judge(*compiled(), scope, decode_input("http", input), std::nullopt, WallTime{});
}

}  // namespace

TEST_CASE("An input is a string, raw characters that are bytes, or base64") {
  for (std::string_view input :
       {kGet, std::string_view(R"({"raw":"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"})"),
        std::string_view(R"({"raw_b64":"R0VUIC9hIEhUVFAvMS4xDQpIb3N0OiB4DQoNCg=="})")}) {
    Judgement j = judged(input);
    INFO(j.reason);
    CHECK(j.decision == "allow");
    CHECK(j.rule == "reads");
    CHECK(j.actions == ActionSet{Action::kRead});
  }
}

TEST_CASE("Where groups and target are absent every role is held, else those that match") {
  CHECK(judged(kGet).decision == "allow");
  policy::Scope scope;
  scope.groups = {"agents"};
  scope.target = "crm";
  CHECK(judged(kGet, scope).decision == "allow");
  scope.target = "other";
  CHECK(judged(kGet, scope).decision == "deny");
  scope.target = "crm";
  scope.groups = {"strangers"};
  CHECK(judged(kGet, scope).rule.empty());
}

TEST_CASE("Several requests in one input have the strictest verdict") {
  std::string both = std::string(kGet.substr(0, kGet.size() - 1)) + std::string(kDelete.substr(1));
  Judgement j = judged(both);
  CHECK(j.decision == "deny");
  CHECK(j.rule == "no-delete");
  policy::Scope scope;
  scope.protocol = "http";
  CHECK(judge(*compiled(), scope, decode_input("http", both), 0, WallTime{}).decision == "allow");
  CHECK(judge(*compiled(), scope, decode_input("http", both), 2, WallTime{}).decision ==
        "parse_error");
}

TEST_CASE("What cannot be decoded is a parse_error and never a verdict of a rule") {
  for (std::string_view input : {R"("GET /a HTTP/1.1\r\n\r\n")", R"("")", R"({"raw":"\u0100"})",
                                 R"({"raw_b64":"!"})", R"({"h2":[]})", R"(7)"}) {
    INFO(input);
    CHECK(judged(input).decision == "parse_error");
  }
  CHECK_FALSE(decode_input("ssh", "\"ls\"").not_supported.empty());
}

TEST_CASE("Characters up to U+00FF are one byte each") {
  DecodedInput a = decode_input("http", R"({"raw":"GET /\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n"})");
  DecodedInput b =
      decode_input("http", R"({"raw_b64":"R0VUIC/pIEhUVFAvMS4xDQpIb3N0OiB4DQoNCg=="})");
  CHECK(a.parse_error == b.parse_error);
  CHECK(a.commands.size() == b.commands.size());
}

TEST_CASE("A line's members are checked, and its id comes back as it was") {
  auto line = parse_eval_line(
      R"({"id":7,"protocol":"http","input":"x","subject":"s","groups":["a"],"target":"t","at":1})");
  REQUIRE(line);
  CHECK(line->id == "7");
  CHECK(line->scope.subject == "s");
  CHECK(line->scope.groups == std::vector<std::string>{"a"});
  CHECK(line->at == 1);
  for (std::string_view bad :
       {"", "[]", "{}", R"({"protocol":"http"})", R"({"protocol":1,"input":""})",
        R"({"protocol":"http","input":"","groups":"a"})",
        R"({"protocol":"http","input":"","at":-1})"})
    CHECK_FALSE(parse_eval_line(bad).ok());
}

TEST_CASE("A request is typed as method and path") {
  CHECK(input_of_text("http", "GET /a", "crm") == R"("GET /a HTTP/1.1\r\nHost: crm\r\n\r\n")");
}

}  // namespace sallyport::commands
