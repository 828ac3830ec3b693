// The sections of the configuration file, one function each. Only config.cc calls them.
#pragma once

#include <string>
#include <vector>

#include "core/config/config.h"

namespace sallyport::config {

// What the readers of all sections need.
struct Reading {
  const std::string& directory;
  const std::vector<const ProtocolModule*>& modules;
  Problems& problems;
};

void read_listen(const Node& node, const Reading& reading, Config& config);
void read_server_tls(const Node& node, const Reading& reading, Config& config);
// After read_identity: users are held against the issuers.
void read_admin(const Node& node, const Reading& reading, Config& config);
void read_audit(const Node& node, const Reading& reading, Config& config);
void read_limits(const Node& node, const Reading& reading, Config& config);
void read_log(const Node& node, const Reading& reading, Config& config);
void read_targets(const Node& node, const Reading& reading, Config& config);
void read_policy(const Node& node, const Reading& reading, Config& config);

std::vector<Issuer> read_identity(const Node& node, const std::string& directory,
                                  Problems& problems, TokenEnd& when_token_ends);
// "sqlite:PATH" as an absolute path.
std::string read_store(const Node& node, const std::string& directory, Problems& problems);
StoreKeys read_secrets(const Node& node, const std::string& directory, Problems& problems,
                       SecretReference::Check check);
// A duration of whole seconds, at least one.
std::chrono::seconds read_seconds(MapReader& reader, std::string_view key,
                                  std::chrono::seconds fallback);
// `durability` and `record_payloads`, which the deployment and a target both have.
AuditSettings read_audit_settings(MapReader& reader, const AuditSettings& defaults);

}  // namespace sallyport::config
