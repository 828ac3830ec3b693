// The configuration file (docs/configuration.md) as values: read once, immutable, replaced as a
// whole by a reload. What belongs to one protocol is read by that protocol's module.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/issuer.h"
#include "core/config/privilege.h"
#include "core/config/secret.h"
#include "core/config/yaml.h"
#include "core/log/log.h"
#include "core/login_limits.h"
#include "core/masking.h"
#include "core/protocol.h"
#include "core/session.h"
#include "core/target.h"

namespace sallyport::config {

struct AdminUser {
  std::optional<unsigned> uid;  // a caller on the admin socket
  std::string issuer;           // or a token of this issuer …
  std::string subject;          // … and subject, on the admin address
  std::vector<std::string> groups;
  Position position;  // of the entry, for warnings
};

struct Admin {
  std::string socket;   // absolute path; empty: none
  std::string address;  // "127.0.0.1:8081"; empty: none
  bool tls = false;     // on the address
  std::vector<AdminUser> users;
  // What the deployment's own groups may do; admin, auditor and approver are not in it.
  std::map<std::string, std::vector<Privilege>> groups;
};

// `audit.redact`: what becomes of personal data and secrets in what is kept. Whether there are
// detectors of these names, and whether the patterns are any, is checked where masks are made.
struct Redaction {
  struct Item {
    std::string name;
    Position position;
  };
  struct Pattern {
    std::string name;
    std::string regex;
    Position position;
  };
  bool all = true;  // detectors
  std::vector<Item> detect;
  std::vector<Pattern> patterns;
  MaskStyle with = MaskStyle::kHash;
  Position position;
};

enum class OnPayloadLimit { kTruncate, kEndSession };

struct Audit {
  AuditSettings defaults;  // a target may override
  // Uncompressed payload bytes kept per session.
  std::uint64_t session_payload_limit = 256ull << 20;
  OnPayloadLimit on_payload_limit = OnPayloadLimit::kTruncate;
  Redaction redact;
};

struct Log {
  log::Level level = log::Level::kInfo;
  log::Format format = log::Format::kText;
};

// `secrets`: what the store's own keys are wrapped with.
struct StoreKeys {
  SecretReference key;
  SecretReference previous;  // empty: none; else everything is wrapped anew with `key`
};

struct ServerTls {
  std::string certificate;
  std::string key;
};

struct Config {
  std::string path;       // of the file
  std::string directory;  // its folder: relative paths are resolved against it
  std::string digest;     // SHA-256 of the file's bytes, hex
  // By listener key ("http", later "postgres", "ssh", "http_proxy").
  std::map<std::string, std::shared_ptr<const ListenerConfig>> listeners;
  std::optional<ServerTls> tls;
  Admin admin;
  std::string store;  // absolute path of the SQLite file, without "sqlite:"
  Audit audit;
  StoreKeys secrets;
  std::vector<Issuer> issuers;
  std::vector<std::shared_ptr<const Target>> targets;
  std::vector<std::string> policy_files;  // absolute
  std::uint32_t connections = 20'000;
  SessionLimits limits;
  LoginLimits login_limits;
  Log log;
  unsigned io_threads = 0;  // 0: one per core

  std::shared_ptr<const Target> find_target(std::string_view name) const;
};

// Reads and checks everything but the policy files' content. Problems make the result null, never a
// partial configuration. `modules` says which listener keys and target protocols there are.
std::shared_ptr<const Config> load(const std::string& path,
                                   const std::vector<const ProtocolModule*>& modules,
                                   Problems& problems);
// The same from the text of the file at `path`.
std::shared_ptr<const Config> parse(std::string_view text, const std::string& path,
                                    const std::vector<const ProtocolModule*>& modules,
                                    Problems& problems);

// For `token issue` and `token check`: only `identity` is read; the other sections may be absent,
// and their content is not looked at.
std::optional<std::vector<Issuer>> load_issuers(const std::string& path, Problems& problems);

// For commands that read the audit store alone: only `store` and `secrets` are looked at.
struct StoreSettings {
  std::string store;  // as in Config
  StoreKeys secrets;
};
std::optional<StoreSettings> load_store(const std::string& path, Problems& problems);

}  // namespace sallyport::config
