// `policy check` and `policy test`.
#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "core/config/file.h"
#include "core/json_writer.h"
#include "policy/cases.h"
#include "tools/broker/policy_files.h"
#include "tools/cli/problems.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"
#include "tools/commands/policy_input.h"
#include "tools/commands/schema_option.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

// A file of cases is generated at times: as large as the YAML reader takes.
constexpr std::size_t kCaseFileBytes = 4u << 20;

int check(const Arguments& arguments, Io& io) {
  config::Problems problems;
  config::Problems warnings;
  std::vector<std::string> files = arguments.all("FILE");
  for (const std::string& file : arguments.all("policy")) files.push_back(file);
  if (files.empty()) return cli::fail(io, cli::kUsage, "policy check: FILE is missing");
  auto policy = broker::load_policy(files, problems, &warnings);
  bool json = arguments.has("json");
  if (!policy || json) cli::print_problems(io, problems, json);
  if (!json) cli::print_warnings(io, warnings);
  if (!policy) return cli::kUsage;
  if (!json)
    io.out << fmt::format("{} roles, {} rules, policy {}\n", policy->role_count(),
                          policy->rule_count(), policy->id());
  return cli::kDone;
}

std::string results_json(const std::vector<policy::CaseResult>& results) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const policy::CaseResult& result : results) {
    json.begin_object()
        .text("name", result.test->name)
        .boolean("passed", result.passed)
        .begin_array("expect");
    for (const std::string& expected : result.test->expect) json.text({}, expected);
    json.end_array()
        .text("decision", result.decision)
        .text("rule", result.rule)
        .text("reason", result.reason)
        .end_object();
  }
  json.end_array();
  return out;
}

// The files the cases name, relative to the case file, unless --policy names others.
std::vector<std::string> policies_of(const Arguments& arguments, const policy::CaseFile& cases,
                                     const std::string& file) {
  if (arguments.has("policy")) return arguments.all("policy");
  std::string directory = std::filesystem::path(file).parent_path().string();
  std::vector<std::string> out;
  for (const std::string& path : cases.policies)
    out.push_back(directory.empty() ? path : config::resolve_path(path, directory));
  return out;
}

int test(const Arguments& arguments, Io& io) {
  std::string file = arguments.text("FILE");
  auto text = config::read_file(file, kCaseFileBytes);
  if (!text) return cli::fail(io, cli::kUsage, file + ": " + text.error().detail);
  config::Problems problems;
  auto cases = policy::read_cases(*text, file, problems);
  if (!cases || !problems.empty()) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  std::vector<std::string> files = policies_of(arguments, *cases, file);
  if (files.empty())
    return cli::fail(io, cli::kUsage,
                     file + ": names no policy; add 'policy: FILE' or use --policy");
  auto policy = broker::load_policy(files, problems, nullptr, kJudged);
  auto catalog = load_schema(arguments, problems);
  if (!policy || !catalog) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  SystemClock clock;
  const policy::DecodeInput decode = [&](std::string_view protocol, std::string_view input) {
    return decode_one(protocol, input, *catalog);
  };
  auto results = policy::run_cases(*cases, *policy, decode, clock.wall());
  if (arguments.has("json")) {
    io.out << results_json(results) << '\n';
  } else {
    io.out << cli::printable(policy::to_text(results, file));
  }
  for (const policy::CaseResult& result : results)
    if (!result.passed) return cli::kDoesNotHold;
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> policy_commands() {
  return {
      {"policy check",
       "Read policy files together and print every problem with its place",
       "",
       {{"FILE", "a policy file", false, true}},
       {{"policy", "FILE", "a policy file as well, as other commands take it", false, true},
        {"json", "", "print the problems as a JSON array"}},
       "sallyport policy check policy.yaml",
       check},
      {"policy test",
       "Run the cases kept beside a policy and print what differs",
       "Exit status 1 when a case fails.",
       {{"FILE", "a file of cases"}},
       {{"policy", "FILE", "the policy to test, in place of the one the cases name", false, true},
        schema_option(),
        {"json", "", "print the results as a JSON array"}},
       "sallyport policy test policy_test.yaml",
       test},
  };
}

}  // namespace sallyport::commands
