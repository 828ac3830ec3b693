// `secret set`, `secret list` and `secret rm`: on a running broker, or on the store when none runs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/json_writer.h"
#include "tools/broker/process.h"
#include "tools/cli/secret_input.h"
#include "tools/cli/text.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;
using Json = nlohmann::json;

// The answer of a call that was done, or nothing after a line that says why not; `status` is then
// the exit status.
std::optional<BrokerAccess::Answer> ask(const Arguments& arguments, Io& io, const std::string& what,
                                        const std::string& method, const std::string& path,
                                        std::string_view body, int& status) {
  auto broker = BrokerAccess::open(arguments, WithoutBroker::kUsesStore);
  if (!broker) {
    status = cli::fail(io, cli::kUsage, what + ": " + broker.error().detail);
    return std::nullopt;
  }
  auto answer = broker->call(method, path, body,
                             body.empty() ? "application/json" : "application/octet-stream");
  if (!answer) {
    status = cli::fail(io, status_of(answer.error()), what + ": " + answer.error().detail);
    return std::nullopt;
  }
  if (answer->status != 200) {
    status = cli::fail(io, answer->status == 400 ? cli::kUsage : cli::kDoesNotHold,
                       what + ": " + admin::detail_of(*answer));
    return std::nullopt;
  }
  status = cli::kDone;
  return *std::move(answer);
}

std::string path_of(const Arguments& arguments) {
  return "/v1/secrets/" + escaped(arguments.text("NAME"));
}

int set(const Arguments& arguments, Io& io) {
  const std::string what = "secret set " + arguments.text("NAME");
  // Before the value is asked for.
  if (!config::is_secret_name(arguments.text("NAME")))
    return cli::fail(io, cli::kUsage,
                     what +
                         ": a name is 1 to 128 lower-case letters, digits, '.', '_' and '-', and "
                         "starts with a letter or digit");
  broker::harden_process();  // no core file with the value in it
  auto value = cli::read_secret_value(io, arguments.text("from"));
  if (!value) return cli::fail(io, cli::kUsage, what + ": " + value.error().detail);
  std::string path = path_of(arguments);
  if (arguments.has("kind")) path += "?kind=" + arguments.text("kind");
  int status = cli::kDone;
  auto answer = ask(arguments, io, what, "PUT", path, value->view(), status);
  if (!answer) return status;
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
    return status;
  }
  const Json json = Json::parse(answer->body, nullptr, false);
  io.out << fmt::format("sealed {} version {} ({})\n", json.value("name", ""),
                        json.value("version", 0u), json.value("kind", ""));
  return status;
}

int remove(const Arguments& arguments, Io& io) {
  const std::string name = arguments.text("NAME");
  const std::string path = path_of(arguments) + (arguments.has("force") ? "?force=true" : "");
  int status = cli::kDone;
  auto answer = ask(arguments, io, "secret rm " + name, "DELETE", path, {}, status);
  if (!answer) return status;
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
  } else {
    io.out << "removed " << cli::printable_line(name) << '\n';
  }
  return status;
}

std::string text_of(const Json& item, const char* name) {
  auto found = item.find(name);
  if (found == item.end() || found->is_null()) return "-";
  if (found->is_string()) return found->get<std::string>();
  return found->dump();
}

std::string age_of(const Json& item) {
  auto found = item.find("age_seconds");
  if (found == item.end() || !found->is_number_unsigned()) return "-";
  const auto seconds = found->get<std::uint64_t>();
  if (seconds >= 2 * 86'400) return fmt::format("{}d", seconds / 86'400);
  if (seconds >= 2 * 3'600) return fmt::format("{}h", seconds / 3'600);
  return fmt::format("{}m", seconds / 60);
}

int list(const Arguments& arguments, Io& io) {
  int status = cli::kDone;
  auto answer = ask(arguments, io, "secret list", "GET", "/v1/secrets", {}, status);
  if (!answer) return status;
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
    return status;
  }
  const Json items = Json::parse(answer->body, nullptr, false);
  if (!items.is_array())
    return cli::fail(io, cli::kDoesNotHold, "secret list: the answer is not a list");
  std::vector<std::vector<std::string>> cells;
  for (const Json& item : items) {
    std::string targets;
    for (const Json& target : item.value("targets", Json::array()))
      targets += (targets.empty() ? "" : ",") + target.get<std::string>();
    cells.push_back({text_of(item, "reference"), text_of(item, "kind"), text_of(item, "state"),
                     text_of(item, "version"), text_of(item, "created_at"),
                     text_of(item, "rotated_at"), text_of(item, "last_used_at"), age_of(item),
                     targets});
  }
  io.out << cli::table({"REFERENCE", "KIND", "STATE", "VERSION", "CREATED", "ROTATED", "LAST USED",
                        "AGE", "TARGETS"},
                       cells);
  return status;
}

std::vector<cli::Option> options(std::vector<cli::Option> more) {
  std::vector<cli::Option> out = broker_options();
  for (cli::Option& option : more) out.push_back(std::move(option));
  return out;
}

}  // namespace

std::vector<cli::Command> secret_commands() {
  return {
      {"secret set",
       "Seal a new version of a secret",
       "The value comes from standard input, without the line end at its end; on a terminal it is "
       "asked for twice and not shown. It is used from the next request on, and never printed "
       "again. Needs the group admin. Works on the store when no broker runs.",
       {{"NAME", "what `secret:NAME` in the configuration refers to"}},
       options({{"kind",
                 "KIND",
                 "what it is, for the inventory (as before, or other)",
                 false,
                 false,
                 {"password", "token", "private_key", "certificate", "other"}},
                {"from", "FILE", "read the value from this file"},
                {"json", "", "print one JSON object"}}),
       "sallyport secret set crm --config sallyport.yaml --kind token <crm.token",
       set},
      {"secret list",
       "List secrets: kind, version, age, last use and the targets they are for",
       "Sealed ones, and what the configuration takes from elsewhere (file:, env:, exec:, "
       "credential:). No value is printed. Needs the group admin or auditor. Works on the store "
       "when no broker runs.",
       {},
       options({{"json", "", "print a JSON array"}}),
       "sallyport secret list --config sallyport.yaml",
       list},
      {"secret rm",
       "Remove a secret with all its versions",
       "Refused while a target of the configuration in force uses it. Needs the group admin. Works "
       "on the store when no broker runs.",
       {{"NAME", "the secret's name"}},
       options({{"force", "", "also when a target uses it: its requests are refused from then on"},
                {"json", "", "print one JSON object"}}),
       "sallyport secret rm crm --config sallyport.yaml",
       remove},
  };
}

}  // namespace sallyport::commands
