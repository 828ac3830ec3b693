// `ca show`: what clients should trust.
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tools/cli/text.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

std::string member(const nlohmann::json& json, const char* name) {
  return json.is_object() && json.contains(name) && json[name].is_string()
             ? json[name].get<std::string>()
             : std::string();
}

int show(const Arguments& arguments, Io& io) {
  const auto fail = [&](const Error& error) {
    return cli::fail(io, status_of(error), "ca show: " + error.detail);
  };
  auto access = BrokerAccess::open(arguments, WithoutBroker::kUsesStore);
  if (!access) return fail(access.error());
  auto answer = access->call("GET", "/v1/ca");
  if (!answer) return fail(answer.error());
  if (answer->status != 200)
    return cli::fail(io, cli::kDoesNotHold, "ca show: " + admin::detail_of(*answer));
  if (arguments.has("json")) {
    io.out << answer->body << '\n';
    return cli::kDone;
  }
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  const std::string tls = member(json, "tls");
  io.out << "# SSH users: for TrustedUserCAKeys\n" << member(json, "ssh_user_ca") << '\n';
  if (!tls.empty()) io.out << "# TLS\n" << tls;
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> ca_commands() {
  std::vector<cli::Option> options = broker_options();
  options.push_back({"json", "", "print one JSON object"});
  return {{"ca show",
           "Print the certificates that clients should trust",
           "The public key of the CA that signs SSH users, in the form of an authorized_keys file, "
           "and the last certificate of the chain that the TLS listeners show, in PEM. Without a "
           "running broker it works on the store.",
           {},
           std::move(options),
           "sallyport ca show --config sallyport.yaml",
           show}};
}

}  // namespace sallyport::commands
