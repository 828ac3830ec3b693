#include "support.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "policy/data.h"
#include "policy/reader.h"

namespace sallyport::policy {

WallTime monday_noon() {
  using namespace std::chrono;
  return WallTime(sys_days(year(2026) / 11 / 23)) + hours(12);
}

Command http(ActionSet actions, std::string method, std::string path) {
  Command command;
  command.actions = actions;
  command.text = method + " " + path;
  command.objects = {{"path", path}};
  command.attributes = {{"http.method", std::move(method)}, {"http.path", std::move(path)}};
  return command;
}

Command get(std::string path) { return http({Action::kRead}, "GET", std::move(path)); }

Command with(Command command, std::string name, std::string value) {
  command.attributes.push_back({std::move(name), std::move(value)});
  return command;
}

std::shared_ptr<const CompiledPolicy> compile_all_effects(std::string_view text) {
  config::Problems problems;
  Model model;
  read_policy(text, "policy.yaml", Support{.approve = true}, model, problems);
  check_model(model, problems);
  INFO(problems.to_string());
  REQUIRE(problems.empty());
  return std::make_shared<const CompiledPolicy>(compile_model(std::move(model), "test"));
}

std::string policy_of(std::string_view rules, const std::vector<std::string>& ids) {
  std::string text = fmt::format(
      "version: 1\nroles:\n  - name: agent\n    groups: [agents]\n    targets: ['*']\n"
      "    rules: [{}]\nrules:\n",
      fmt::join(ids, ", "));
  std::istringstream lines{std::string(rules)};
  for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
  return text;
}

Principal agent() {
  Principal principal;
  principal.issuer = "corp";
  principal.subject = "alice@example.com";
  principal.groups = {"agents"};
  return principal;
}

std::shared_ptr<const SessionPolicy> session_of(std::string_view rules,
                                                const std::vector<std::string>& ids) {
  auto session = compile_all_effects(policy_of(rules, ids))->bind(agent(), "crm", "http");
  REQUIRE(session != nullptr);
  return session;
}

std::string judge(const SessionPolicy& session, const Command& command) {
  const Decision decision = session.decide(command, monday_noon());
  return std::string(to_string(decision.verdict)) +
         (decision.rule.empty() ? "" : " " + decision.rule);
}

std::string problems_of(std::string_view text) {
  config::Problems problems;
  const auto policy = compile({{"p.yaml", std::string(text)}}, problems);
  CHECK((policy == nullptr) == !problems.empty());
  return problems.to_string();
}

std::string source_path(std::string_view relative) {
  return std::string(SALLYPORT_SOURCE_DIR) + "/" + std::string(relative);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> files_in(std::string_view folder, std::string_view ending) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(folder))) {
    if (entry.path().string().ends_with(ending)) names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Command> command_of_facts(std::string_view, std::string_view json) {
  Command command;
  const nlohmann::json facts = nlohmann::json::parse(json);
  for (const auto& [name, values] : facts.items()) {
    const auto list = values.is_array() ? values : nlohmann::json::array({values});
    for (const std::string value : list) {
      if (name == "error") return Error{ErrorCode::kMalformed, value};
      if (name == "text") {
        command.text = value;
      } else if (name == "action") {
        command.actions.add(parse_action(value).value());
      } else if (name == "object") {
        const std::size_t colon = value.find(':');
        command.objects.push_back({value.substr(0, colon), value.substr(colon + 1)});
      } else {
        command.attributes.push_back({name, value});
      }
    }
  }
  return command;
}

}  // namespace sallyport::policy
