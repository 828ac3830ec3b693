// `token exchange`: an identity provider's token in, a ticket or an SSH certificate out.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/config/file.h"
#include "core/config/secret.h"
#include "core/identity/token_request.h"
#include "core/json_writer.h"
#include "tools/admin/client.h"
#include "tools/cli/text.h"
#include "tools/cli/values.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

constexpr std::size_t kInputBytes = 64u << 10;

Error usage(std::string detail) { return {ErrorCode::kInvalid, std::move(detail)}; }

std::string trimmed(std::string text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  return text;
}

Result<std::string> read_token(const Arguments& arguments, Io& io) {
  std::string token;
  if (arguments.has("token-file")) {
    auto file = config::read_file(arguments.text("token-file"), kInputBytes);
    if (!file) return usage(arguments.text("token-file") + ": " + file.error().detail);
    token = std::move(*file);
  } else {
    std::string line;
    while (token.size() <= kInputBytes && std::getline(io.in, line)) token += line + '\n';
  }
  token = trimmed(std::move(token));
  if (token.empty()) return usage("there is no token: name a --token-file, or pipe one in");
  return token;
}

void add(std::string& form, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  form += (form.empty() ? "" : "&") + std::string(name) + "=" + escaped(value);
}

Result<std::string> make_form(const Arguments& arguments, std::string_view token) {
  std::string form;
  add(form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
  add(form, "subject_token", token);
  add(form, "subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
  add(form, "audience", arguments.text("target"));
  add(form, "scope", arguments.text("role"));
  add(form, "uses", arguments.text("uses"));
  if (arguments.has("ttl")) {
    const auto ttl = cli::parse_duration(arguments.text("ttl"));
    if (!ttl || *ttl < std::chrono::seconds(1)) return usage("--ttl: write a duration such as 60s");
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*ttl);
    add(form, "expires_in", fmt::format("{}", whole.count()));
  }
  if (arguments.has("ssh-key")) {
    auto key = config::read_file(arguments.text("ssh-key"), kInputBytes);
    if (!key) return usage(arguments.text("ssh-key") + ": " + key.error().detail);
    if (key->find("PRIVATE KEY") != std::string::npos)
      return usage(arguments.text("ssh-key") + " is a private key: name its .pub file");
    add(form, "ssh_public_key", trimmed(std::move(*key)));
  }
  return form;
}

// Beside the key, where ssh looks for it, as `ssh-keygen -s` does.
std::string certificate_path(const Arguments& arguments) {
  if (arguments.has("out")) return arguments.text("out");
  std::string key = arguments.text("ssh-key");
  if (key.ends_with(".pub")) key.resize(key.size() - 4);
  return key + "-cert.pub";
}

// Put in place as a whole: ssh never reads half of it.
Result<void> write_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << text << '\n';
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(fresh, path, failed);
  if (file && !failed) return {};
  return usage(path + ": cannot be written");
}

std::string refusal_of(const admin::Client::Answer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("error_description") &&
      json["error_description"].is_string())
    return json["error_description"].get<std::string>();
  return admin::detail_of(answer);
}

std::string member(const nlohmann::json& json, const char* name) {
  return json.is_object() && json.contains(name) && json[name].is_string()
             ? json[name].get<std::string>()
             : std::string();
}

int print(const Arguments& arguments, Io& io, const admin::Client::Answer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const std::string given = member(json, "access_token");
  const bool certificate = arguments.has("ssh-key");
  // What is written to a terminal and to a file must be what it should be.
  const bool right = certificate ? given.find("-cert-v01@openssh.com ") != std::string::npos &&
                                       given == cli::printable_line(given)
                                 : given.starts_with("spt_");
  if (!right)
    return cli::fail(io, cli::kDoesNotHold, "token exchange: the answer is not one of a broker");
  if (certificate) {
    const std::string path = certificate_path(arguments);
    if (auto written = write_file(path, given); !written)
      return cli::fail(io, cli::kUsage, "token exchange: " + written.error().detail);
    if (!arguments.has("json")) {
      io.out << path << '\n';
      return cli::kDone;
    }
  }
  if (arguments.has("json")) {
    io.out << trimmed(answer.body) << '\n';
  } else {
    io.out << given << '\n';
  }
  return cli::kDone;
}

int exchange(const Arguments& arguments, Io& io) {
  const auto fail = [&](const Error& error) {
    return cli::fail(io, cli::kUsage, "token exchange: " + error.detail);
  };
  if (auto safe = admin::check_broker_url(arguments.text("broker")); !safe)
    return fail(usage("--broker: " + safe.error().detail));
  if (arguments.has("out") && !arguments.has("ssh-key"))
    return fail(usage("--out goes with --ssh-key"));
  auto token = read_token(arguments, io);
  if (!token) return fail(token.error());
  const config::SecretBytes wiped_token(*std::move(token));
  auto made = make_form(arguments, wiped_token.view());
  if (!made) return fail(made.error());
  const config::SecretBytes form(*std::move(made));
  admin::ClientSettings settings;
  settings.url = arguments.text("broker");
  settings.ca = arguments.text("ca");
  admin::Client client(std::move(settings));
  auto answer =
      client.request("POST", "/v1/token", form.view(), "application/x-www-form-urlencoded");
  if (!answer) return fail(answer.error());
  if (answer->status != 200)
    return cli::fail(io, cli::kDoesNotHold, "token exchange: refused: " + refusal_of(*answer));
  return print(arguments, io, *answer);
}

}  // namespace

std::vector<cli::Command> token_exchange_commands() {
  return {
      {"token exchange",
       "Swap a token for a ticket, or for an SSH certificate",
       "The token is read from standard input or --token-file. A ticket is printed alone, so that "
       "it can be a password; a certificate is written beside its key, where ssh finds it.",
       {},
       {{"broker", "URL", "the broker's HTTP listener, e.g. https://broker.example.com:8080", true},
        {"token-file", "FILE", "the identity provider's token; standard input when absent"},
        {"target", "T", "the only target it is good for"},
        {"role", "R", "the only role it is good for"},
        {"uses", "N", "how often a ticket can be used, 1 to 100; 1 when absent"},
        {"ttl", "DURATION", "how long it is good, at most 15m (a certificate 10m)"},
        {"ssh-key", "PUB", "make a certificate for this public key"},
        {"out", "FILE", "where the certificate goes; KEY-cert.pub when absent"},
        {"ca", "FILE", "certificates that vouch for an https broker (the system's)"},
        {"json", "", "print the broker's answer, one JSON object"}},
       "PGPASSWORD=$(sallyport token exchange --broker https://broker:8080 --token-file token "
       "--target orders-db) psql ...",
       exchange},
  };
}

}  // namespace sallyport::commands
