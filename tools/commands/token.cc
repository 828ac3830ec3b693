// `token issue` and `token check`: they need only the section `identity` of a configuration.
#include <fmt/format.h>

#include <istream>
#include <iterator>
#include <ostream>

#include "core/identity/authenticator.h"
#include "core/identity/dev_issuer.h"
#include "core/identity/limits.h"
#include "core/json_writer.h"
#include "tools/cli/problems.h"
#include "tools/cli/text.h"
#include "tools/cli/values.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

constexpr std::string_view kDefaultTtl = "15m";
// What is read as one token; the authenticator's own limit is far below.
constexpr std::size_t kTokenBytes = 1u << 20;

Result<config::Issuer> development_issuer(const std::vector<config::Issuer>& issuers,
                                          const std::string& config, const std::string& name) {
  for (const config::Issuer& issuer : issuers)
    if (issuer.type == config::IssuerType::kDevelopment && (name.empty() || issuer.name == name))
      return issuer;
  return Error{ErrorCode::kInvalid, config + ": has no issuer of type development" +
                                        (name.empty() ? std::string() : " named " + name) +
                                        "; tokens come from your identity provider then"};
}

int issue(const Arguments& arguments, Io& io) {
  config::Problems problems;
  auto issuers = config::load_issuers(arguments.text("config"), problems);
  if (!issuers) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  auto issuer = development_issuer(*issuers, arguments.text("config"), arguments.text("issuer"));
  if (!issuer) return cli::fail(io, cli::kUsage, "token issue: " + issuer.error().detail);
  auto ttl = cli::parse_duration(arguments.text("ttl", std::string(kDefaultTtl)));
  if (!ttl) return cli::fail(io, cli::kUsage, "token issue: --ttl: write a duration such as 15m");
  SystemClock clock;
  auto token = identity::issue_token(
      *issuer, arguments.text("subject"), arguments.all("group"), arguments.text("actor"),
      std::chrono::duration_cast<std::chrono::seconds>(*ttl), clock.wall());
  if (!token) return cli::fail(io, cli::kUsage, "token issue: " + token.error().detail);
  if (arguments.has("json")) {
    std::string out;
    JsonWriter(out).begin_object().text("token", *token).end_object();
    io.out << out << '\n';
  } else {
    io.out << *token << '\n';
  }
  return cli::kDone;
}

using Checked = std::variant<Principal, identity::Rejection>;

std::string checked_json(const Checked& checked) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (auto* principal = std::get_if<Principal>(&checked)) {
    json.boolean("accepted", true)
        .text("subject", principal->subject)
        .text("issuer", principal->issuer)
        .begin_array("groups");
    for (const std::string& group : principal->groups) json.text({}, group);
    json.end_array();
    if (principal->actors.empty()) {
      json.null("actor");
    } else {
      json.text("actor", principal->actor());
    }
    json.null("reason")
        .text("auth_method", principal->auth_method)
        .text("expires_at", iso8601(principal->expires_at));
  } else {
    const auto& rejection = std::get<identity::Rejection>(checked);
    json.boolean("accepted", false)
        .text("subject", rejection.subject)
        .text("issuer", rejection.issuer)
        .begin_array("groups")
        .end_array()
        .null("actor")
        .text("reason", rejection.reason);
  }
  json.end_object();
  return out;
}

std::string checked_text(const Principal& principal) {
  std::string groups;
  for (const std::string& group : principal.groups) groups += (groups.empty() ? "" : ",") + group;
  std::string out;
  for (const auto& [name, value] :
       {std::pair{"subject", principal.subject}, std::pair{"issuer", principal.issuer},
        std::pair{"groups", groups}, std::pair{"actor", principal.actor()},
        std::pair{"auth_method", principal.auth_method},
        std::pair{"expires_at", iso8601(principal.expires_at)}})
    out += fmt::format("{:<11} {}\n", name, cli::printable_line(value));
  return out;
}

std::string_view trimmed(std::string_view token) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::size_t first = token.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return token.substr(first, token.find_last_not_of(kBlank) - first + 1);
}

int check(const Arguments& arguments, Io& io) {
  config::Problems problems;
  auto issuers = config::load_issuers(arguments.text("config"), problems);
  if (!issuers) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  SystemClock clock;
  std::optional<WallTime> at;
  if (arguments.has("at")) {
    at = cli::parse_time(arguments.text("at"));
    if (!at)
      return cli::fail(io, cli::kUsage,
                       "token check: --at: write a time such as 2026-11-23T15:04:05Z");
  }
  // Discovery, then the keys: with neither there is nothing to say.
  identity::AuthenticatorSettings settings;
  settings.first_fetch_wait = 2 * identity::kFetchDeadline;
  auto authenticator = identity::Authenticator::make(*issuers, clock, std::move(settings));
  if (!authenticator)
    return cli::fail(io, cli::kUsage, "token check: " + authenticator.error().detail);
  auto verify = [&](std::string_view token) {
    return (*authenticator)->authenticate_at(trimmed(token), at.value_or(clock.wall()));
  };
  std::string line;
  if (arguments.has("lines")) {
    while (std::getline(io.in, line)) io.out << checked_json(verify(line)) << '\n';
    return cli::kDone;
  }
  std::string text;
  while (text.size() <= kTokenBytes && std::getline(io.in, line)) text += line + '\n';
  Checked checked = verify(text);
  if (arguments.has("json")) io.out << checked_json(checked) << '\n';
  if (auto* rejection = std::get_if<identity::Rejection>(&checked))
    return cli::fail(io, cli::kDoesNotHold, "token check: refused: " + rejection->reason);
  if (!arguments.has("json")) io.out << checked_text(std::get<Principal>(checked));
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> token_commands() {
  const cli::Option config{"config", "FILE", "the configuration; only its section identity is used",
                           true};
  return {
      {"token issue",
       "Print a token of the development issuer",
       "Only when the configuration has an issuer of type development.",
       {},
       {config,
        {"subject", "S", "whom the token is for", true},
        {"group", "G", "a group of the subject", false, true},
        {"actor", "A", "on whose hands the subject runs"},
        {"ttl", "DURATION", "how long it is valid; 15m when absent"},
        {"issuer", "NAME", "which development issuer, when there are several"},
        {"json", "", "print one JSON object"}},
       "sallyport token issue --config sallyport.yaml --subject agent-1 --group agents --ttl 1h",
       issue},
      {"token check",
       "Say who a token on standard input is, or why it is refused",
       "Exit status 1 when it is refused. With --lines there is a token on each line and a JSON "
       "object "
       "{\"accepted\",\"subject\",\"issuer\",\"groups\",\"actor\",\"reason\"} for each.",
       {},
       {config,
        {"at", "TIME", "judge as of this time (UTC) instead of now"},
        {"lines", "", "check one token per line"},
        {"json", "", "print one JSON object"}},
       "sallyport token check --config sallyport.yaml < token.txt",
       check},
  };
}

}  // namespace sallyport::commands
