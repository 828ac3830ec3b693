// `sessions tail` and `sessions kill`: they act on a running broker.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/ids.h"
#include "core/json_writer.h"
#include "tools/cli/text.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;
using Json = nlohmann::json;

// The line with which the broker ends a tail.
constexpr std::string_view kEndOfTail = R"({"kind":"end",)";

std::string member(const Json& json, const char* name) {
  if (!json.is_object()) return {};
  auto it = json.find(name);
  if (it == json.end() || it->is_null()) return {};
  return it->is_string() ? it->get<std::string>() : it->dump();
}

// One line for people of one object of the tail.
std::string tail_text(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::string(line);
  std::string kind = member(json, "kind");
  std::string out = member(json, "time") + " " + kind;
  if (kind == "command" || kind == "outcome") {
    out += fmt::format(" {} #{} {}@{}", member(json, "session_id"), member(json, "seq"),
                       member(json, "subject"), member(json, "target"));
  }
  if (kind == "command") {
    out += fmt::format(" {} {} {}", member(json, "decision"), member(json, "rule"),
                       member(json, "text"));
  } else if (kind == "outcome") {
    out += fmt::format(" {} {} {} ms", member(json, "completion"), member(json, "status"),
                       member(json, "duration_ms"));
  } else {
    for (const auto& [name, value] : json.items())
      if (name != "kind" && name != "time") out += " " + name + "=" + member(json, name.c_str());
  }
  return out;
}

int tail(const Arguments& arguments, Io& io) {
  auto broker = BrokerAccess::open(arguments, WithoutBroker::kFails);
  if (!broker) return cli::fail(io, cli::kUsage, "sessions tail: " + broker.error().detail);
  bool json = arguments.has("json");
  std::string over;
  auto answer = broker->follow("/v1/sessions/tail", [&](std::string_view line) {
    if (line.starts_with(kEndOfTail)) {
      over = member(Json::parse(line, nullptr, false), "reason");
      return true;
    }
    io.out << (json ? std::string(line) : cli::printable_line(tail_text(line))) << '\n';
    io.out.flush();
    return static_cast<bool>(io.out);
  });
  if (!answer) return cli::fail(io, cli::kDoesNotHold, "sessions tail: " + answer.error().detail);
  if (answer->status != 200)
    return cli::fail(io, cli::kDoesNotHold, "sessions tail: " + admin::detail_of(*answer));
  if (!over.empty()) return cli::fail(io, cli::kDoesNotHold, "sessions tail: " + over);
  return cli::kDone;
}

int kill(const Arguments& arguments, Io& io) {
  auto id = SessionId::parse(arguments.text("ID"));
  if (!id) return cli::fail(io, cli::kUsage, "sessions kill: " + id.error().detail);
  auto broker = BrokerAccess::open(arguments, WithoutBroker::kFails);
  if (!broker) return cli::fail(io, cli::kUsage, "sessions kill: " + broker.error().detail);
  std::string body;
  if (arguments.has("reason"))
    JsonWriter(body).begin_object().text("reason", arguments.text("reason")).end_object();
  auto answer = broker->call("POST", "/v1/sessions/" + id->to_string() + "/kill", body);
  if (!answer) return cli::fail(io, cli::kDoesNotHold, "sessions kill: " + answer.error().detail);
  if (answer->status != 200)
    return cli::fail(io, cli::kDoesNotHold,
                     "sessions kill: " + id->to_string() + ": " + admin::detail_of(*answer));
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
  } else {
    io.out << "killed " << id->to_string() << '\n';
  }
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> live_session_commands() {
  std::vector<cli::Option> tail_options = broker_options();
  tail_options.push_back({"json", "", "print JSON lines"});
  std::vector<cli::Option> kill_options = broker_options();
  kill_options.push_back({"reason", "TEXT", "why, for the record"});
  kill_options.push_back({"json", "", "print one JSON object"});
  return {
      {"sessions tail",
       "Follow commands and decisions as they happen",
       "Needs a running broker, and a caller of group admin or auditor.",
       {},
       tail_options,
       "sallyport sessions tail --config sallyport.yaml",
       tail},
      {"sessions kill",
       "End a live session at once",
       "Needs a running broker, and a caller of group admin. Its connections close within one "
       "second.",
       {{"ID", "the session's id"}},
       kill_options,
       "sallyport sessions kill 01890a5d-ac96-774b-bcce-b302099a8057 --config sallyport.yaml "
       "--reason "
       "'runaway loop'",
       kill},
  };
}

}  // namespace sallyport::commands
