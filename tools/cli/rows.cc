#include "tools/cli/rows.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sallyport::cli {

void optional_text(JsonWriter& json, std::string_view key,
                   const std::optional<std::string>& value) {
  if (value) {
    json.text(key, *value);
  } else {
    json.null(key);
  }
}

void optional_number(JsonWriter& json, std::string_view key,
                     const std::optional<std::uint64_t>& value) {
  if (value) {
    json.number(key, *value);
  } else {
    json.null(key);
  }
}

void write_members(JsonWriter& json, const storage::SessionRow& row) {
  json.text("id", row.id).text("started_at", row.started_at);
  optional_text(json, "ended_at", row.ended_at);
  optional_text(json, "end_reason", row.end_reason);
  json.text("protocol", row.protocol)
      .text("target", row.target)
      .text("issuer", row.issuer)
      .text("subject", row.subject);
  optional_text(json, "actor", row.actor);
  json.raw("groups", row.groups.empty() ? "[]" : row.groups)
      .raw("roles", row.roles.empty() ? "[]" : row.roles)
      .text("client_address", row.client_address)
      .text("auth_method", row.auth_method)
      .number("commands", row.commands)
      .number("denied", row.denied)
      .number("masked", row.masked)
      .number("bytes_in", row.bytes_in)
      .number("bytes_out", row.bytes_out);
}

void write_members(JsonWriter& json, const storage::CommandRow& row) {
  json.number("event", row.event)
      .text("session_id", row.session_id)
      .number("seq", row.seq)
      .text("time", row.time)
      .text("subject", row.subject);
  optional_text(json, "actor", row.actor);
  json.text("target", row.target)
      .text("protocol", row.protocol)
      .raw("action", row.action.empty() ? "[]" : row.action)
      .raw("objects", row.objects.empty() ? "[]" : row.objects);
  optional_text(json, "text", row.text);
  json.text("decision", row.decision);
  optional_text(json, "rule", row.rule);
  optional_text(json, "reason", row.reason);
  optional_text(json, "approval_id", row.approval_id);
  optional_text(json, "status", row.status);
  optional_number(json, "rows", row.rows);
  optional_number(json, "bytes_in", row.bytes_in);
  optional_number(json, "bytes_out", row.bytes_out);
  optional_number(json, "masked", row.masked);
  if (row.duration_ms) {
    json.raw("duration_ms", fmt::format("{:.3f}", *row.duration_ms));
  } else {
    json.null("duration_ms");
  }
}

void write_members(JsonWriter& json, const storage::PrincipalRow& row) {
  optional_text(json, "issuer", row.issuer);
  json.text("subject", row.subject).text("state", row.state);
  optional_text(json, "first_seen", row.first_seen);
  optional_text(json, "last_seen", row.last_seen);
  json.raw("groups", row.groups).raw("roles", row.roles).raw("targets", row.targets);
  optional_text(json, "auth_method", row.auth_method);
  json.number("sessions", row.sessions)
      .number("denied", row.denied)
      .number("failed_logins", row.failed_logins);
  optional_text(json, "last_failed_login", row.last_failed_login);
  optional_text(json, "disabled_at", row.disabled_at);
  optional_text(json, "disabled_by", row.disabled_by);
  optional_text(json, "disabled_reason", row.disabled_reason);
}

void write_members(JsonWriter& json, const storage::GrantRow& row) {
  json.text("issuer", row.issuer)
      .text("subject", row.subject)
      .text("target", row.target)
      .text("role", row.role)
      .text("via", row.via)
      .text("last_used", row.last_used);
}

std::string joined(const std::string& json_array_of_text) {
  auto json = nlohmann::json::parse(json_array_of_text, nullptr, false);
  std::string out;
  if (!json.is_array()) return out;
  for (const auto& item : json) {
    if (!item.is_string()) continue;
    if (!out.empty()) out += ',';
    out += item.get<std::string>();
  }
  return out;
}

}  // namespace sallyport::cli
