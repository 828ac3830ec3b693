#include "tools/admin/sessions_json.h"

#include "core/json_writer.h"

namespace sallyport::admin {
namespace {

void texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.begin_array(key);
  for (const std::string& value : values) json.text({}, value);
  json.end_array();
}

}  // namespace

std::string session_json(const Session& session) {
  const Principal& principal = session.principal();
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .text("id", session.id().to_string())
      .text("started_at", iso8601(session.opened_at()))
      .null("ended_at");
  std::string reason = session.end_reason();
  if (reason.empty()) {
    json.null("end_reason");
  } else {
    json.text("end_reason", reason);
  }
  json.text("protocol", session.target().protocol)
      .text("target", session.target().name)
      .text("issuer", principal.issuer)
      .text("subject", principal.subject);
  if (principal.actors.empty()) {
    json.null("actor");
  } else {
    json.text("actor", principal.actor());
  }
  texts(json, "groups", principal.groups);
  texts(json, "roles", session.roles());
  json.text("client_address", session.client_address())
      .text("auth_method", principal.auth_method)
      .number("commands", session.commands())
      .number("denied", session.denied())
      .number("bytes_in", session.bytes_in())
      .number("bytes_out", session.bytes_out())
      .end_object();
  return out;
}

}  // namespace sallyport::admin
