// `listen`, `tls` and `admin`: who may connect to the broker, and where.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/config/address.h"
#include "core/config/file.h"
#include "core/config/paths.h"
#include "core/config/sections.h"
#include "core/net/tls.h"

namespace sallyport::config {
namespace {

struct PlannedListener {
  std::string_view key;
  std::string_view what;
};

constexpr std::array<PlannedListener, 2> kPlanned = {
    {{"ssh", "a listener for SSH"}, {"http_proxy", "a forward proxy"}}};
// A path of a Unix socket: sun_path has 108 bytes with its terminator.
constexpr std::size_t kSocketPath = 107;
constexpr std::int64_t kLargestUid = 4'294'967'294;

// An address to listen on is one of the machine's own: names would be resolved at a moment of the
// system's choosing.
std::string read_listen_address(MapReader& reader) {
  const std::optional<Node> node = reader.require("address");
  if (!node) return {};
  const std::optional<HostPort> address = parse_host_port(node->scalar());
  if (!address || !is_ip_address(address->host)) {
    node->problem(reader.problems(),
                  "must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080");
    return {};
  }
  return node->scalar();
}

void refuse_taken(const Node& node, const std::string& address, const Reading& reading,
                  const Config& config) {
  const std::optional<HostPort> wanted = parse_host_port(address);
  if (!wanted || wanted->port == 0) return;
  for (const auto& [key, listener] : config.listeners) {
    if (listener->address != address) continue;
    node.problem(reading.problems, fmt::format("{} is taken by listen.{}", address, key));
  }
}

void read_listener(const Node& node, const ProtocolModule& module, const Reading& reading,
                   Config& config) {
  const std::string key(module.listener_key());
  MapReader reader(node, reading.problems, "listen." + key);
  if (!reader.ok()) return;
  const std::shared_ptr<ListenerConfig> listener = module.read_listener(reader);
  if (listener == nullptr) broken_invariant("a protocol module read no listener");
  listener->address = read_listen_address(reader);
  // Protocols without ALPN names bring their own encryption and have no `tls` here. Unsaid means
  // on: a token must not cross a network in the clear by oversight.
  if (!module.alpn().empty()) {
    listener->tls = reader.boolean("tls", true);
    if (listener->tls && !config.tls) {
      reader.get("tls").value_or(node).problem(
          reading.problems,
          "TLS is on and there is no top-level \"tls\" block with certificate and key (tls: off "
          "listens without)");
    }
  }
  reader.finish();
  refuse_taken(node, listener->address, reading, config);
  config.listeners.emplace(key, listener);
}

std::optional<AdminUser> read_user(const Node& node, const Reading& reading, const Config& config) {
  MapReader reader(node, reading.problems, "an admin user");
  if (!reader.ok()) return std::nullopt;
  AdminUser user;
  user.position = node.position();
  const std::optional<Node> uid = reader.get("uid");
  const std::optional<Node> issuer = reader.get("issuer");
  user.subject = reader.require_text("subject");
  if (reader.require("groups")) user.groups = reader.texts("groups");
  reader.finish();
  if (uid.has_value() == issuer.has_value()) {
    node.problem(
        reading.problems,
        "an admin user has either \"uid\" (a caller on admin.socket) or \"issuer\" (a token "
        "on admin.address)");
    return std::nullopt;
  }
  if (uid) {
    const auto number = uid->integer(reading.problems, 0, kLargestUid);
    if (!number) return std::nullopt;
    user.uid = static_cast<unsigned>(*number);
  } else {
    user.issuer = issuer->text(reading.problems).value_or("");
    const auto known = std::any_of(config.issuers.begin(), config.issuers.end(),
                                   [&](const Issuer& i) { return i.name == user.issuer; });
    if (!known) {
      issuer->problem(reading.problems,
                      fmt::format("no issuer of identity.issuers is named \"{}\"", user.issuer));
    }
  }
  if (user.groups.empty())
    node.problem(reading.problems, "\"groups\" must name at least one group");
  return user;
}

void read_users(const Node& node, const Reading& reading, Config& config) {
  if (node.kind() != Node::Kind::kSequence) {
    node.problem(reading.problems, "admin.users must be a list");
    return;
  }
  for (const Node& item : node.items()) {
    std::optional<AdminUser> user = read_user(item, reading, config);
    if (!user) continue;
    for (const AdminUser& other : config.admin.users) {
      const bool same = user->uid ? user->uid == other.uid
                                  : user->issuer == other.issuer && user->subject == other.subject;
      if (same) item.problem(reading.problems, "this caller is listed twice");
    }
    config.admin.users.push_back(*std::move(user));
  }
}

// What the deployment's own groups may do. The built-in ones mean the same everywhere.
void read_groups(const Node& node, const Reading& reading, Config& config) {
  MapReader shape(node, reading.problems, "admin.groups");
  if (!shape.ok()) return;
  constexpr std::array<std::string_view, 3> kBuiltIn = {"admin", "auditor", "approver"};
  for (const auto& [name, value] : node.entries()) {
    if (std::find(kBuiltIn.begin(), kBuiltIn.end(), name.scalar()) != kBuiltIn.end()) {
      name.problem(reading.problems,
                   fmt::format("\"{}\" is built in and cannot be defined anew", name.scalar()));
    }
    if (name.scalar().empty()) name.problem(reading.problems, "a group needs a name");
    std::vector<Privilege>& privileges = config.admin.groups[name.scalar()];
    for (const std::string& text : value.texts(reading.problems)) {
      if (const auto privilege = parse_privilege(text)) {
        privileges.push_back(*privilege);
        continue;
      }
      std::vector<std::string> known;
      for (const Privilege one : all_privileges()) known.emplace_back(to_string(one));
      value.problem(reading.problems, fmt::format("\"{}\" is not a privilege; there are {}", text,
                                                  fmt::join(known, ", ")));
    }
  }
}

// Tokens and what is told about agents never cross a network in the clear.
void read_admin_tls(MapReader& reader, const Node& address, const Reading& reading,
                    Config& config) {
  const std::optional<HostPort> place = parse_host_port(config.admin.address);
  if (!place) return;
  const bool loopback = is_loopback_address(place->host);
  config.admin.tls = reader.boolean("tls", !loopback);
  if (!config.admin.tls && !loopback) {
    reader.get("tls").value_or(address).problem(
        reading.problems,
        "tls: off is for a loopback address only: tokens would cross the "
        "network in the clear");
  } else if (config.admin.tls && !config.tls) {
    reader.get("tls").value_or(address).problem(
        reading.problems,
        "TLS is on and there is no top-level \"tls\" block with certificate and key");
  }
}

}  // namespace

void read_listen(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "listen");
  if (!reader.ok()) return;
  for (const ProtocolModule* module : reading.modules) {
    const std::optional<Node> entry = reader.get(module->listener_key());
    if (entry) read_listener(*entry, *module, reading, config);
  }
  for (const PlannedListener& planned : kPlanned) {
    const bool offered =
        std::any_of(reading.modules.begin(), reading.modules.end(),
                    [&](const ProtocolModule* m) { return m->listener_key() == planned.key; });
    if (!offered) refuse_unsupported(reader, planned.key, planned.what);
  }
  reader.finish();
}

void read_server_tls(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "tls");
  if (!reader.ok()) return;
  const std::size_t before = reading.problems.list().size();
  reader.require("certificate");
  reader.require("key");
  ServerTls tls;
  tls.certificate = read_path(reader, "certificate", reading.directory);
  tls.key = read_path(reader, "key", reading.directory, FileKind::kPrivate);
  reader.finish();
  if (reading.problems.list().size() == before) {
    const auto context = net::make_server_context({tls.certificate, tls.key, {}});
    if (!context) node.problem(reading.problems, context.error().detail);
  }
  config.tls = std::move(tls);
}

void read_admin(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "admin");
  if (!reader.ok()) return;
  if (const std::optional<Node> socket = reader.get("socket")) {
    const std::string path = socket->text(reading.problems).value_or("");
    config.admin.socket = resolve_path(path, reading.directory);
    if (path.empty()) socket->problem(reading.problems, "must name a socket");
    if (config.admin.socket.size() > kSocketPath) {
      socket->problem(reading.problems,
                      fmt::format("{} is longer than the {} bytes a socket's path may have",
                                  config.admin.socket, kSocketPath));
    }
  }
  if (const std::optional<Node> address = reader.get("address")) {
    config.admin.address = read_listen_address(reader);
    refuse_taken(*address, config.admin.address, reading, config);
    read_admin_tls(reader, *address, reading, config);
  } else if (const std::optional<Node> tls = reader.get("tls")) {
    tls->problem(reading.problems, "\"tls\" has no effect: there is no \"address\"");
  }
  if (const std::optional<Node> groups = reader.get("groups")) {
    read_groups(*groups, reading, config);
  }
  if (const std::optional<Node> users = reader.get("users")) read_users(*users, reading, config);
  reader.finish();
}

}  // namespace sallyport::config
