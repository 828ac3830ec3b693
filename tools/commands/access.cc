// `access list` and `access show` read the store; `access disable`, `enable` and `unlock` act on a
// running broker, the first two also on the store alone.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/json_writer.h"
#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/cli/values.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

int list(const Arguments& arguments, Io& io) {
  storage::PrincipalQuery query;
  query.subject = arguments.text("subject");
  query.issuer = arguments.text("issuer");
  query.disabled_only = arguments.has("disabled");
  if (arguments.has("inactive")) {
    auto unused = cli::parse_duration(arguments.text("inactive"));
    if (!unused)
      return cli::fail(
          io, cli::kUsage,
          "access list: --inactive '" + arguments.text("inactive") + "': write 90d or 12h");
    query.unused_since = SystemClock().wall() - *unused;
  }
  if (arguments.has("limit")) {
    auto limit = cli::parse_count(arguments.text("limit"));
    if (!limit || *limit == 0)
      return cli::fail(io, cli::kUsage,
                       "access list: --limit '" + arguments.text("limit") + "': write a number");
    query.limit = *limit;
  }
  auto reader = open_reader(arguments, KeyUse::kNone);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "access list: " + reader.error().detail);
  auto rows = (*reader)->principals(query);
  if (!rows) return cli::fail(io, status_of(rows.error()), "access list: " + rows.error().detail);
  if (arguments.has("json")) {
    io.out << cli::json_array(*rows) << '\n';
    return cli::kDone;
  }
  std::vector<std::vector<std::string>> cells;
  for (const storage::PrincipalRow& row : *rows)
    cells.push_back({row.subject, row.issuer.value_or("(every)"), row.state,
                     row.last_seen.value_or("never"), fmt::format("{}", row.sessions),
                     fmt::format("{}", row.denied), fmt::format("{}", row.failed_logins),
                     cli::joined(row.roles), cli::joined(row.targets)});
  io.out << cli::table({"SUBJECT", "ISSUER", "STATE", "LAST SEEN", "SESSIONS", "DENIED", "FAILED",
                        "ROLES", "TARGETS"},
                       cells);
  return cli::kDone;
}

std::string principal_text(const storage::PrincipalRow& row) {
  std::vector<std::pair<std::string_view, std::string>> facts = {
      {"subject", row.subject},
      {"issuer", row.issuer.value_or("(every)")},
      {"state", row.state},
      {"first_seen", row.first_seen.value_or("never")},
      {"last_seen", row.last_seen.value_or("never")},
      {"auth_method", row.auth_method.value_or("")},
      {"groups", cli::joined(row.groups)},
      {"roles", cli::joined(row.roles)},
      {"targets", cli::joined(row.targets)},
      {"sessions", fmt::format("{}", row.sessions)},
      {"denied", fmt::format("{}", row.denied)},
      {"failed_logins", fmt::format("{}", row.failed_logins)},
  };
  if (row.last_failed_login) facts.emplace_back("last_failed", *row.last_failed_login);
  if (row.disabled_at)
    facts.emplace_back("disabled",
                       fmt::format("{} by {}: {}", *row.disabled_at, row.disabled_by.value_or(""),
                                   row.disabled_reason.value_or("")));
  std::string out;
  for (const auto& [name, value] : facts)
    out += fmt::format("{:<14} {}\n", name, cli::printable_line(value));
  return out;
}

int show(const Arguments& arguments, Io& io) {
  const std::string subject = arguments.text("SUBJECT");
  auto reader = open_reader(arguments, KeyUse::kNone);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "access show: " + reader.error().detail);
  storage::PrincipalQuery query;
  query.subject = subject;
  auto rows = (*reader)->principals(query);
  auto grants =
      rows ? (*reader)->grants(subject) : Result<std::vector<storage::GrantRow>>(rows.error());
  if (!grants)
    return cli::fail(io, status_of(grants.error()), "access show: " + grants.error().detail);
  if (rows->empty())
    return cli::fail(io, cli::kDoesNotHold, "access show: " + subject + ": never seen");
  if (arguments.has("json")) {
    std::string out;
    JsonWriter(out)
        .begin_object()
        .raw("principals", cli::json_array(*rows))
        .raw("grants", cli::json_array(*grants))
        .end_object();
    io.out << out << '\n';
    return cli::kDone;
  }
  for (const storage::PrincipalRow& row : *rows) io.out << principal_text(row) << '\n';
  std::vector<std::vector<std::string>> cells;
  for (const storage::GrantRow& g : *grants)
    cells.push_back({g.issuer, g.target, g.role, g.via, g.last_used});
  io.out << cli::table({"ISSUER", "TARGET", "ROLE", "FROM", "LAST USED"}, cells);
  return cli::kDone;
}

// One call that changes something; `said` is for people.
int act(const Arguments& arguments, Io& io, const std::string& word, const std::string& body,
        WithoutBroker without_broker, std::string (*said)(const nlohmann::json&)) {
  const std::string name = "access " + word + ": ";
  auto broker = BrokerAccess::open(arguments, without_broker);
  if (!broker) return cli::fail(io, cli::kUsage, name + broker.error().detail);
  auto answer = broker->call("POST", "/v1/access/" + word, body);
  if (!answer) return cli::fail(io, status_of(answer.error()), name + answer.error().detail);
  if (answer->status != 200)
    return cli::fail(io, cli::kDoesNotHold, name + admin::detail_of(*answer));
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
    return cli::kDone;
  }
  auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (!json.is_object()) return cli::fail(io, cli::kDoesNotHold, name + "no answer of a broker");
  io.out << cli::printable_line(said(json)) << '\n';
  return cli::kDone;
}

std::string who_of(const nlohmann::json& json) {
  const auto issuer = json.find("issuer");
  const std::string subject = json.value("subject", "");
  if (issuer == json.end() || !issuer->is_string()) return subject + " (every issuer)";
  return subject + " of " + issuer->get<std::string>();
}

std::string order_body(const Arguments& arguments) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().text("subject", arguments.text("SUBJECT"));
  for (const char* name : {"issuer", "reason"})
    if (arguments.has(name)) json.text(name, arguments.text(name));
  json.end_object();
  return body;
}

int disable(const Arguments& arguments, Io& io) {
  return act(arguments, io, "disable", order_body(arguments), WithoutBroker::kUsesStore,
             [](const nlohmann::json& json) {
               const bool recorded = json.value("recorded", false);
               return fmt::format("disabled {}; live sessions ended: {}{}", who_of(json),
                                  json.value("sessions_ended", 0u),
                                  recorded ? "" : "; to be recorded once the store works again");
             });
}

int enable(const Arguments& arguments, Io& io) {
  return act(arguments, io, "enable", order_body(arguments), WithoutBroker::kUsesStore,
             [](const nlohmann::json& json) { return "enabled " + who_of(json); });
}

int unlock(const Arguments& arguments, Io& io) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().text("who", arguments.text("WHO"));
  if (arguments.has("reason")) json.text("reason", arguments.text("reason"));
  json.end_object();
  return act(arguments, io, "unlock", body, WithoutBroker::kFails, [](const nlohmann::json& done) {
    return fmt::format("unlocked {}; locks ended: {}", done.value("who", ""),
                       done.value("unlocked", 0u));
  });
}

std::vector<cli::Command> acting_commands() {
  std::vector<cli::Option> unlock_options = broker_options();
  unlock_options.push_back({"reason", "TEXT", "why, for the record"});
  unlock_options.push_back({"json", "", "print one JSON object"});
  std::vector<cli::Option> order_options = unlock_options;
  order_options.push_back({"issuer", "NAME", "only as an identity of this issuer; else of any"});
  const cli::Positional subject{"SUBJECT",
                                "who: the token's sub, or a subject that acts for others"};
  return {
      {"access disable",
       "Shut an identity out",
       "Needs a caller of group admin. Its live sessions, and those of whoever runs on its hands, "
       "end within one second; also while the audit store is down. Without a running broker the "
       "order is put into the store.",
       {subject},
       order_options,
       "sallyport access disable agent-7 --config sallyport.yaml --reason 'runaway loop'",
       disable},
      {"access enable",
       "Let an identity in again",
       "Needs a caller of group admin. Ends its login locks, too.",
       {subject},
       order_options,
       "sallyport access enable agent-7 --config sallyport.yaml",
       enable},
      {"access unlock",
       "End login locks before their time",
       "Needs a running broker, and a caller of group admin.",
       {{"WHO", "a subject, at whatever address, or an address"}},
       unlock_options,
       "sallyport access unlock 192.0.2.7 --config sallyport.yaml",
       unlock},
  };
}

}  // namespace

std::vector<cli::Command> access_commands() {
  std::vector<cli::Option> list_options = store_options();
  for (const cli::Option& option : std::vector<cli::Option>{
           {"inactive", "DURATION", "only active ones that were not seen for so long (90d)"},
           {"subject", "S", "only of this subject; * and ? match as in the shell"},
           {"issuer", "NAME", "only of this issuer; likewise"},
           {"disabled", "", "only those that are disabled"},
           {"limit", "N", "at most so many (1000)"},
           {"json", "", "print a JSON array"}})
    list_options.push_back(option);
  std::vector<cli::Option> show_options = store_options();
  show_options.push_back({"json", "", "print one JSON object: \"principals\" and \"grants\""});
  std::vector<cli::Command> out = {
      {"access list",
       "List who has access and uses it",
       "",
       {},
       list_options,
       "sallyport access list --config sallyport.yaml --inactive 90d",
       list},
      {"access show",
       "Show an identity, and where its roles come from",
       "",
       {{"SUBJECT", "the subject, as 'access list' prints it"}},
       show_options,
       "sallyport access show agent-7 --config sallyport.yaml",
       show},
  };
  for (cli::Command& command : acting_commands()) out.push_back(std::move(command));
  return out;
}

}  // namespace sallyport::commands
