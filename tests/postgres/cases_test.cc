// The example policies judge inputs as they should: no attack passes, no harmless neighbour is
// refused. The shared vectors are read where they are, when they are there.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "policy/compile.h"
#include "support.h"
#include "tools/commands/policy_input.h"
#include "tools/commands/schema_option.h"

namespace sallyport::commands {
namespace {

using Json = nlohmann::json;
using postgres::sql::fixture;
using postgres::sql::read_source;

std::shared_ptr<const policy::CompiledPolicy> example(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const policy::CompiledPolicy>> known;
  auto& policy = known[name];
  if (policy) return policy;
  config::Problems problems;
  const std::string file = "policy/examples/" + name + ".yaml";
  policy = policy::compile({{file, read_source(file)}}, problems, nullptr, kJudged);
  REQUIRE(policy);
  return policy;
}

std::string verdict(const Json& test, const std::string& policy) {
  policy::Scope scope;
  scope.protocol = "postgres";
  std::optional<std::size_t> at;
  if (test.contains("at")) at = test["at"].get<std::size_t>();
  return judge(*example(policy), scope, decode_input("postgres", test["input"].dump(), fixture()),
               at, WallTime{})
      .decision;
}

// How many there were.
std::size_t run(std::istream& lines, const std::string& fallback) {
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json test = Json::parse(line);
    const std::string policy = test.value("policy", fallback);
    ++count;
    const std::string expect = test["expect"];
    const std::string got = verdict(test, policy);
    const auto blocks = [](const std::string& word) {
      return word == "deny" || word == "parse_error";
    };
    bool good = got == expect || (blocks(got) && blocks(expect));
    if (test.contains("also"))
      for (const Json& other : test["also"]) good = good || got == other;
    INFO(test["id"] << " " << test["input"].dump().substr(0, 300));
    CHECK((good ? expect : got) == expect);
  }
  return count;
}

}  // namespace

TEST_CASE("The guard refuses every attack of ours and no harmless neighbour") {
  std::istringstream lines(read_source("tests/data/postgres/guard_cases.jsonl"));
  CHECK(run(lines, "pg-guard") >= 630);
}

TEST_CASE("Messages of a session are judged with what came before them") {
  std::istringstream lines(read_source("tests/data/postgres/session_cases.jsonl"));
  CHECK(run(lines, "pg-guard") >= 30);
}

TEST_CASE("The shared vectors hold, where they are present") {
  const char* folder = std::getenv("SALLYPORT_VECTORS");
  const std::string base = folder ? folder : SALLYPORT_SOURCE_DIR "/../shared/vectors";
  for (const char* name : {"sql_benign", "sql_evasion"}) {
    std::ifstream lines(base + "/policy/" + name + ".jsonl");
    if (lines) {
      CHECK(run(lines, "pg-guard") > 0);
    } else {
      WARN("skipped: " << name << " is not here (SALLYPORT_VECTORS names its folder)");
    }
  }
}

TEST_CASE("A verdict stands from the message on that it fell at") {
  const Json test = Json::parse(
      R"({"input":{"steps":[{"query":"SELECT 1"},{"query":"DROP TABLE orders"},{"query":"SELECT 1"}]}})");
  Json at = test;
  at["at"] = 0;
  CHECK(verdict(at, "pg-guard") == "allow");
  at["at"] = 1;
  CHECK(verdict(at, "pg-guard") == "deny");
  CHECK(verdict(test, "pg-guard") == "deny");
}

}  // namespace sallyport::commands
