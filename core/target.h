// What agents want to reach: one entry of `targets:` in the configuration. Immutable; shared by the
// sessions that use it, which keep the version they were opened with across a reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/config/secret.h"
#include "core/net/tls.h"
#include "core/record_payloads.h"

namespace sallyport {

// Where the broker connects to. One Dialer understands it for all protocols.
struct Endpoint {
  std::string host;  // name or address, no brackets
  std::uint16_t port = 0;
  net::TlsClientSettings tls{net::TlsMode::kOff, {}, {}};
  std::string via;  // the connector to go through; empty: directly
};

// When a command may be sent, see docs/audit-log.md.
enum class Durability { kWriteAhead, kOverlapped };

struct AuditSettings {
  Durability durability = Durability::kWriteAhead;
  RecordPayloads record_payloads = RecordPayloads::kFull;
};

// How long sessions of one target may last, where that is not what the deployment says.
struct TargetLimits {
  std::optional<std::chrono::seconds> idle;
  std::optional<std::chrono::seconds> session;
  std::optional<std::chrono::seconds> idle_in_transaction = std::nullopt;
};

// What only the target's protocol knows (base path, credential placement, …), read by its module.
class TargetSettings {
 public:
  virtual ~TargetSettings() = default;
};

// What the broker shows a target in the agent's place.
struct TargetCredential {
  config::SecretReference reference;
  std::string kind;  // "password", "token" …: what it is used as
};

struct Target {
  std::string name;
  std::string protocol;
  Endpoint endpoint;
  AuditSettings audit;
  TargetLimits limits;
  std::optional<TargetCredential> credential;  // absent: none
  std::shared_ptr<const TargetSettings> settings;
};

}  // namespace sallyport
