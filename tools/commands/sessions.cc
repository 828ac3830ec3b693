// `sessions list` and `sessions show`: from the store, broker running or not.
#include <fmt/format.h>

#include <ostream>

#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

int list(const Arguments& arguments, Io& io) {
  storage::SessionQuery query;
  query.subject = arguments.text("subject");
  query.target = arguments.text("target");
  query.live_only = arguments.has("live");
  if (auto range = read_range(arguments, query); !range)
    return cli::fail(io, cli::kUsage, "sessions list: " + range.error().detail);
  auto reader = open_reader(arguments, KeyUse::kNone);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "sessions list: " + reader.error().detail);
  auto rows = (*reader)->sessions(query);
  if (!rows) return cli::fail(io, status_of(rows.error()), "sessions list: " + rows.error().detail);
  if (arguments.has("json")) {
    io.out << cli::json_array(*rows) << '\n';
    return cli::kDone;
  }
  std::vector<std::vector<std::string>> cells;
  for (const storage::SessionRow& row : *rows)
    cells.push_back({row.id, row.started_at, row.ended_at ? row.end_reason.value_or("") : "live",
                     row.protocol, row.target, row.subject, fmt::format("{}", row.commands),
                     fmt::format("{}", row.denied)});
  io.out << cli::table(
      {"ID", "STARTED", "END", "PROTOCOL", "TARGET", "SUBJECT", "COMMANDS", "DENIED"}, cells);
  return cli::kDone;
}

std::string session_text(const storage::SessionRow& row,
                         const std::vector<storage::CommandRow>& commands) {
  std::string ended = row.ended_at
                          ? fmt::format("{} ({})", *row.ended_at, row.end_reason.value_or(""))
                          : std::string("live");
  std::vector<std::pair<std::string_view, std::string>> facts = {
      {"id", row.id},
      {"started_at", row.started_at},
      {"ended_at", ended},
      {"protocol", row.protocol},
      {"target", row.target},
      {"issuer", row.issuer},
      {"subject", row.subject},
      {"actor", row.actor.value_or("")},
      {"groups", cli::joined(row.groups)},
      {"roles", cli::joined(row.roles)},
      {"client_address", row.client_address},
      {"auth_method", row.auth_method},
      {"commands", fmt::format("{}, {} denied", row.commands, row.denied)},
      {"bytes", fmt::format("{} in, {} out", row.bytes_in, row.bytes_out)},
  };
  std::string out;
  for (const auto& [name, value] : facts)
    out += fmt::format("{:<15} {}\n", name, cli::printable_line(value));
  std::vector<std::vector<std::string>> cells;
  for (const storage::CommandRow& c : commands)
    cells.push_back({fmt::format("{}", c.seq), c.time, c.decision, c.rule.value_or(""),
                     c.status.value_or(""), c.text.value_or("(erased)")});
  return out + '\n' + cli::table({"SEQ", "TIME", "DECISION", "RULE", "STATUS", "TEXT"}, cells);
}

int show(const Arguments& arguments, Io& io) {
  auto id = SessionId::parse(arguments.text("ID"));
  if (!id) return cli::fail(io, cli::kUsage, "sessions show: " + id.error().detail);
  auto reader = open_reader(arguments, KeyUse::kWhenReadable);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "sessions show: " + reader.error().detail);
  auto row = (*reader)->session(*id);
  if (!row)
    return cli::fail(io, status_of(row.error()),
                     "sessions show: " + id->to_string() + ": " + row.error().detail);
  storage::CommandQuery query;
  query.session = *id;
  query.oldest_first = true;
  query.limit = 10'000;
  if (auto range = read_range(arguments, query); !range)
    return cli::fail(io, cli::kUsage, "sessions show: " + range.error().detail);
  auto commands = (*reader)->commands(query);
  if (!commands)
    return cli::fail(io, status_of(commands.error()), "sessions show: " + commands.error().detail);
  if (!arguments.has("json")) {
    io.out << session_text(*row, *commands);
    return cli::kDone;
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  cli::write_members(json, *row);
  json.raw("command_list", cli::json_array(*commands)).end_object();
  io.out << out << '\n';
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> session_commands() {
  std::vector<cli::Option> list_options = store_options();
  for (const cli::Option& option : std::vector<cli::Option>{
           {"subject", "S", "only of this subject; * and ? match as in the shell"},
           {"target", "NAME", "only to this target; likewise"},
           {"live", "", "only those that have not ended"},
           {"from", "TIME", "started at this time or later (UTC)"},
           {"to", "TIME", "started before this time (UTC)"},
           {"limit", "N", "at most so many (100)"},
           {"json", "", "print a JSON array"}})
    list_options.push_back(option);
  std::vector<cli::Option> show_options = store_options();
  show_options.push_back({"limit", "N", "at most so many commands (10000)"});
  show_options.push_back(
      {"json", "", "print one JSON object; its commands are in \"command_list\""});
  return {
      {"sessions list",
       "List sessions, newest first",
       "",
       {},
       list_options,
       "sallyport sessions list --config sallyport.yaml --subject 'agent-*'",
       list},
      {"sessions show",
       "Show one session and its commands",
       "",
       {{"ID", "the session's id, as 'sessions list' prints it"}},
       show_options,
       "sallyport sessions show 01890a5d-ac96-774b-bcce-b302099a8057 --config sallyport.yaml",
       show},
  };
}

}  // namespace sallyport::commands
