// `store`, `audit`, `secrets`, `limits` and `log`: what is kept, and how much of everything there
// may be.
#include <fmt/format.h>

#include "core/config/file.h"
#include "core/config/paths.h"
#include "core/config/sections.h"

namespace sallyport::config {
namespace {

// Bytes of a key file: 128 bits of it at least, whatever way it is written.
constexpr std::size_t kLeastKeyBytes = 16;
constexpr std::uint64_t kLeastPayloadLimit = 64ull << 10;
constexpr std::uint64_t kMostPayloadLimit = 1ull << 40;
constexpr std::int64_t kMostConnections = 1'000'000;

Redaction read_redaction(const Node& node, Problems& problems) {
  static constexpr std::array kStyles = {MaskStyle::kHash, MaskStyle::kPartial, MaskStyle::kRedact};
  Redaction redact;
  redact.position = node.position();
  MapReader reader(node, problems, "audit.redact");
  if (!reader.ok()) return redact;
  if (const std::optional<Node> detect = reader.get("detect")) {
    const bool one = detect->kind() == Node::Kind::kScalar;
    redact.all = false;
    std::vector<Node> items = detect->items();
    if (one) items.push_back(*detect);
    for (const Node& item : items) {
      redact.all = redact.all || item.scalar() == "all";
      redact.detect.push_back({item.scalar(), item.position()});
    }
    if (!one && detect->kind() != Node::Kind::kSequence)
      detect->problem(problems, "\"detect\" must be all, or a list of detectors");
  }
  redact.with = kStyles[reader.choice("with", {"hash", "partial", "redact"}, 0)];
  if (const std::optional<Node> patterns = reader.get("patterns")) {
    if (patterns->kind() != Node::Kind::kMap)
      patterns->problem(problems, "\"patterns\" must be a map of names and RE2 patterns");
    for (const auto& [name, regex] : patterns->entries())
      redact.patterns.push_back(
          {name.scalar(), regex.text(problems).value_or(""), regex.position()});
  }
  reader.finish();
  return redact;
}

}  // namespace

std::chrono::seconds read_seconds(MapReader& reader, std::string_view key,
                                  std::chrono::seconds fallback) {
  const auto value = reader.duration(key, fallback);
  const bool whole = value.count() % 1'000 == 0;
  if (value < std::chrono::seconds(1) || !whole) {
    reader.get(key)->problem(reader.problems(),
                             fmt::format("\"{}\" must be whole seconds, at least 1s", key));
  }
  return std::chrono::duration_cast<std::chrono::seconds>(value);
}

std::string read_store(const Node& node, const std::string& directory, Problems& problems) {
  const std::string url = node.text(problems).value_or("");
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return resolve_path(url.substr(kSqlite.size()), directory);
  }
  if (url.starts_with("postgresql:") || url.starts_with("postgres:")) {
    node.problem(problems,
                 "not yet supported in this version: a store in PostgreSQL; use sqlite:PATH");
  } else if (node.kind() == Node::Kind::kScalar) {
    node.problem(problems, "must be sqlite:PATH");
  }
  return {};
}

namespace {

SecretReference read_key(const Node& node, const std::string& directory, Problems& problems,
                         SecretReference::Check check) {
  const std::optional<SecretReference> reference =
      SecretReference::read(node, directory, problems, check);
  if (!reference) return {};
  if (reference->sealed()) {
    node.problem(problems,
                 "the key of the store cannot be a secret in the store: use file:, credential:, "
                 "exec: or env:");
    return {};
  }
  if (check == SecretReference::Check::kSyntax || reference->name().starts_with("exec:"))
    return *reference;
  const Result<SecretBytes> bytes = reference->resolve();
  if (bytes && bytes->view().size() < kLeastKeyBytes) {
    node.problem(problems, fmt::format("{} is too short for a key: at least {} bytes",
                                       reference->name(), kLeastKeyBytes));
  }
  return *reference;
}

}  // namespace

StoreKeys read_secrets(const Node& node, const std::string& directory, Problems& problems,
                       SecretReference::Check check) {
  MapReader reader(node, problems, "secrets");
  if (!reader.ok()) return {};
  const std::optional<Node> key = reader.require("key");
  const std::optional<Node> previous = reader.get("previous_key");
  reader.finish();
  StoreKeys out;
  if (key) out.key = read_key(*key, directory, problems, check);
  if (previous) out.previous = read_key(*previous, directory, problems, check);
  return out;
}

AuditSettings read_audit_settings(MapReader& reader, const AuditSettings& defaults) {
  static constexpr std::array kDurability = {Durability::kWriteAhead, Durability::kOverlapped};
  static constexpr std::array kPayloads = {RecordPayloads::kFull, RecordPayloads::kHead,
                                           RecordPayloads::kNone};
  AuditSettings settings;
  settings.durability = kDurability[reader.choice("durability", {"write-ahead", "overlapped"},
                                                  static_cast<std::size_t>(defaults.durability))];
  settings.record_payloads =
      kPayloads[reader.choice("record_payloads", {"full", "head", "none"},
                              static_cast<std::size_t>(defaults.record_payloads))];
  return settings;
}

void read_audit(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "audit");
  if (!reader.ok()) return;
  config.audit.defaults = read_audit_settings(reader, AuditSettings());
  if (const std::optional<Node> limit = reader.get("session_payload_limit")) {
    const std::optional<std::uint64_t> bytes = limit->bytes(reading.problems);
    if (bytes && (*bytes < kLeastPayloadLimit || *bytes > kMostPayloadLimit)) {
      limit->problem(reading.problems, "must be from 64KiB to 1024GiB");
    }
    config.audit.session_payload_limit = bytes.value_or(config.audit.session_payload_limit);
  }
  config.audit.on_payload_limit = reader.choice("on_payload_limit", {"truncate", "end"}, 0) == 0
                                      ? OnPayloadLimit::kTruncate
                                      : OnPayloadLimit::kEndSession;
  if (const std::optional<Node> redact = reader.get("redact"))
    config.audit.redact = read_redaction(*redact, reading.problems);
  refuse_unsupported(reader, "retention", "removal of old payloads");
  refuse_unsupported(reader, "signing_key", "signed checkpoints");
  reader.finish();
}

void read_limits(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "limits");
  if (!reader.ok()) return;
  const auto count = [&](std::string_view key, std::uint32_t fallback) {
    return static_cast<std::uint32_t>(reader.integer(key, fallback, 1, kMostConnections));
  };
  config.connections = count("connections", config.connections);
  config.limits.sessions = count("sessions", config.limits.sessions);
  config.limits.sessions_per_subject =
      count("sessions_per_subject", config.limits.sessions_per_subject);
  config.limits.idle = read_seconds(reader, "idle", config.limits.idle);
  config.limits.session = read_seconds(reader, "session", config.limits.session);
  config.limits.idle_in_transaction =
      read_seconds(reader, "idle_in_transaction", config.limits.idle_in_transaction);
  LoginLimits& logins = config.login_limits;
  const auto failures = [&](std::string_view key, std::uint32_t fallback) {
    return static_cast<std::uint32_t>(reader.integer(key, fallback, 0, kMostConnections));
  };
  logins.failures = failures("failed_logins", logins.failures);
  logins.failures_per_address = failures("failed_logins_per_address", logins.failures_per_address);
  logins.window = read_seconds(reader, "failed_login_window", logins.window);
  logins.lock = read_seconds(reader, "login_lock", logins.lock);
  reader.finish();
}

void read_log(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "log");
  if (!reader.ok()) return;
  static constexpr std::array kLevels = {log::Level::kDebug, log::Level::kInfo, log::Level::kWarn,
                                         log::Level::kError};
  config.log.level = kLevels[reader.choice("level", {"debug", "info", "warn", "error"}, 1)];
  config.log.format =
      reader.choice("format", {"text", "json"}, 0) == 0 ? log::Format::kText : log::Format::kJson;
  reader.finish();
}

}  // namespace sallyport::config
