// `sessions tail` and `sessions kill`: they act on a running broker.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/config/file.h"
#include "core/ids.h"
#include "core/json_writer.h"
#include "tools/admin/client.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;
using Json = nlohmann::json;

// The line with which the broker ends a tail.
constexpr std::string_view kEndOfTail = R"({"kind":"end",)";
constexpr std::size_t kTokenFileBytes = 64u << 10;

std::vector<cli::Option> broker_options() {
  return {
      {"config", "FILE", "the broker's configuration, which names its admin.socket"},
      {"broker", "URL", "the broker's admin address, in place of the socket"},
      {"token-file", "FILE", "a file with the caller's token, with --broker"},
  };
}

Result<admin::ClientSettings> client_settings(const Arguments& arguments) {
  admin::ClientSettings out;
  if (arguments.has("config") == arguments.has("broker"))
    return Error{ErrorCode::kInvalid,
                 "name the broker by either --config FILE or --broker URL --token-file FILE"};
  if (arguments.has("config")) {
    auto socket = admin::socket_of_config(arguments.text("config"));
    if (!socket) return socket.error();
    out.socket = *socket;
    return out;
  }
  out.url = arguments.text("broker");
  if (!arguments.has("token-file"))
    return Error{ErrorCode::kInvalid, "--broker needs --token-file FILE"};
  auto token = config::read_file(arguments.text("token-file"), kTokenFileBytes);
  if (!token)
    return Error{ErrorCode::kInvalid, arguments.text("token-file") + ": " + token.error().detail};
  out.token = *token;
  while (!out.token.empty() && static_cast<unsigned char>(out.token.back()) <= ' ')
    out.token.pop_back();
  return out;
}

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
  auto settings = client_settings(arguments);
  if (!settings) return cli::fail(io, cli::kUsage, "sessions tail: " + settings.error().detail);
  admin::Client client(*std::move(settings));
  bool json = arguments.has("json");
  std::string over;
  auto answer = client.follow("/v1/sessions/tail", [&](std::string_view line) {
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
  auto settings = client_settings(arguments);
  if (!settings) return cli::fail(io, cli::kUsage, "sessions kill: " + settings.error().detail);
  admin::Client client(*std::move(settings));
  std::string body;
  JsonWriter(body).begin_object().text("reason", arguments.text("reason")).end_object();
  auto answer = client.request("POST", "/v1/sessions/" + id->to_string() + "/kill", body);
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
