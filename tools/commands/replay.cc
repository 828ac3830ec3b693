// `replay`: a recorded session, command by command.
#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <thread>

#include "tools/cli/values.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"
#include "tools/replay/exchange.h"
#include "tools/replay/pace.h"
#include "tools/replay/statement.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

// Commands are read in pages, so that a long session needs no more memory than one command.
constexpr std::uint64_t kPage = 500;

struct Plan {
  std::string format = "text";
  std::optional<replay::Pace> pace;
};

Result<Plan> read_plan(const Arguments& arguments) {
  Plan plan;
  plan.format = arguments.text("format", "text");
  if (!arguments.has("speed") && !arguments.has("max-idle")) return plan;
  replay::Pace pace;
  if (arguments.has("speed")) {
    auto speed = cli::parse_factor(arguments.text("speed"));
    if (!speed) return Error{ErrorCode::kInvalid, "--speed: write a factor such as 1 or 10"};
    pace.speed = *speed;
  }
  if (arguments.has("max-idle")) {
    pace.max_idle = cli::parse_duration(arguments.text("max-idle"));
    if (!pace.max_idle) return Error{ErrorCode::kInvalid, "--max-idle: write seconds, such as 2"};
  }
  plan.pace = pace;
  return plan;
}

// Reads one command and prints it, as its protocol is shown.
Result<void> print(storage::StoreReader& reader, const SessionId& id, const Plan& plan,
                   const storage::CommandRow& row, bool first, Io& io) {
  if (row.protocol == "postgres") {
    auto statement = replay::load_statement(reader, id, row);
    if (!statement) return statement.error();
    io.out << (plan.format == "jsonl" ? replay::to_jsonl(*statement) : replay::to_text(*statement));
    return {};
  }
  auto exchange = replay::load_exchange(reader, id, row);
  if (!exchange) return exchange.error();
  if (plan.format == "har") {
    io.out << (first ? "" : ",") << replay::har_entry(*exchange);
  } else {
    io.out << (plan.format == "jsonl" ? replay::to_jsonl(*exchange) : replay::to_text(*exchange));
  }
  return {};
}

Result<void> play(storage::StoreReader& reader, const SessionId& id, const Plan& plan, Io& io) {
  storage::CommandQuery query;
  query.session = id;
  query.oldest_first = true;
  query.limit = kPage;
  std::string previous;
  if (plan.format == "har") io.out << replay::har_begin();
  for (bool first = true;;) {
    auto rows = reader.commands(query);
    if (!rows) return rows.error();
    for (const storage::CommandRow& row : *rows) {
      if (plan.pace) {
        io.out.flush();
        std::this_thread::sleep_for(replay::pause_between(*plan.pace, previous, row.time));
        previous = row.time;
      }
      auto printed = print(reader, id, plan, row, first, io);
      if (!printed) return printed.error();
      first = false;
      query.after_event = row.event;
    }
    if (rows->size() < kPage) break;
  }
  if (plan.format == "har") io.out << replay::har_end() << '\n';
  return {};
}

int run(const Arguments& arguments, Io& io) {
  auto id = SessionId::parse(arguments.text("ID"));
  if (!id) return cli::fail(io, cli::kUsage, "replay: " + id.error().detail);
  auto plan = read_plan(arguments);
  if (!plan) return cli::fail(io, cli::kUsage, "replay: " + plan.error().detail);
  auto reader = open_reader(arguments, KeyUse::kRequired);
  if (!reader) return cli::fail(io, status_of(reader.error()), "replay: " + reader.error().detail);
  // First, so that a session that does not exist prints nothing.
  auto session = (*reader)->session(*id);
  if (!session)
    return cli::fail(io, status_of(session.error()),
                     "replay: " + id->to_string() + ": " + session.error().detail);
  if (plan->format == "har" && session->protocol != "http")
    return cli::fail(io, cli::kUsage, "replay: har is for HTTP sessions; use text or jsonl");
  auto played = play(**reader, *id, *plan, io);
  if (!played) return cli::fail(io, status_of(played.error()), "replay: " + played.error().detail);
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> replay_commands() {
  std::vector<cli::Option> options = store_options();
  options.push_back({"format",
                     "NAME",
                     "how to print it; text when absent",
                     false,
                     false,
                     {"text", "jsonl", "har"}});
  options.push_back({"speed", "N", "keep the time between commands, N times as fast"});
  options.push_back({"max-idle", "S", "wait no longer than this between commands"});
  return {
      {"replay",
       "Play a recorded session",
       "text is for reading; jsonl has one object per command with the columns of the view "
       "`commands` and the recorded messages; har is an HTTP Archive 1.2.",
       {{"ID", "the session's id"}},
       options,
       "sallyport replay 01890a5d-ac96-774b-bcce-b302099a8057 --config sallyport.yaml --format har",
       run}};
}

}  // namespace sallyport::commands
