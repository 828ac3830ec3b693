#include "protocols/postgres/refusal.h"

#include "core/json_writer.h"

namespace sallyport::postgres {
namespace {

// INTERFACE section 3: codes to SQLSTATEs of PostgreSQL's own appendix A.
std::string_view sqlstate_of(std::string_view code) {
  if (code == "not_recorded") return "58030";  // io_error
  if (code == "malformed") return "08P01";     // protocol_violation
  if (code == "limit") return "54000";         // program_limit_exceeded
  return "42501";  // insufficient_privilege: denied, waiting, refused, expired
}

std::string_view hint_for(const Refusal& refusal) {
  if (refusal.code == "not_recorded") return "Nothing was sent. Try again later.";
  if (refusal.code == "limit") return "Send less at once.";
  if (refusal.code == "expired") return "Connect again with a new token.";
  if (refusal.code == "denied")
    return "Nothing of this request was sent. Another statement may be allowed; the session goes "
           "on.";
  return {};
}

ErrorFields fatal_with(std::string_view sqlstate, Refusal refusal) {
  ErrorFields fields = fatal(sqlstate, refusal.message);
  fields.detail = refusal.to_json();
  return fields;
}

Refusal told(std::string code, std::string message, bool retryable, const std::string& session) {
  Refusal out;
  out.code = std::move(code);
  out.message = std::move(message);
  out.retryable = retryable;
  out.session = session;
  return out;
}

}  // namespace

ErrorFields error_for(const Refusal& refusal) {
  ErrorFields fields;
  fields.sqlstate = sqlstate_of(refusal.code);
  fields.message = refusal.message;
  fields.detail = refusal.to_json();
  fields.hint = hint_for(refusal);
  return fields;
}

ErrorFields fatal(std::string_view sqlstate, std::string message) {
  ErrorFields fields;
  fields.severity = "FATAL";
  fields.sqlstate = sqlstate;
  fields.message = std::move(message);
  return fields;
}

ErrorFields fatal_for_login(bool shown) {
  ErrorFields fields = shown ? fatal("28P01", "the password is not a valid token or ticket")
                             : fatal("28000", "no token was given");
  fields.hint = "The password is a token or a ticket for this broker.";
  return fields;
}

ErrorFields fatal_for_session(const Error& error, const std::string& target) {
  if (error.code == ErrorCode::kNotRecorded)
    return fatal_with("58030", told("not_recorded",
                                    "The audit store cannot record a session, so none was opened. "
                                    "Try again later.",
                                    true, {}));
  if (error.code == ErrorCode::kLimit)
    return fatal_with("53300", told("limit", "Too many sessions: " + error.detail, true, {}));
  return fatal_with("3D000", told("denied",
                                  "There is no target \"" + target +
                                      "\", or no role that opens it (dbname=TARGET).",
                                  false, {}));
}

ErrorFields fatal_for_upstream(const Error& error, std::string_view sqlstate,
                               const std::string& session) {
  const bool login = error.code == ErrorCode::kUnauthenticated;
  ErrorFields fields = fatal("08001", "The target cannot be reached.");
  if (error.code == ErrorCode::kTimeout) fields.message = "The target did not answer in time.";
  if (login)
    fields.message = "The target does not accept the broker, or cannot show that it is the target.";
  for (const auto& [known, message] :
       {std::pair<std::string_view, std::string_view>("3D000", "The target has no such database."),
        {"53300", "The target has too many connections."},
        {"57P03", "The target is starting up or shutting down."}}) {
    if (sqlstate != known) continue;
    fields.sqlstate = known;
    fields.message = message;
  }
  JsonWriter json(fields.detail);
  json.begin_object().boolean("retryable", !login).text("session", session).end_object();
  return fields;
}

ErrorFields fatal_for_end(const std::string& reason, const std::string& session) {
  if (reason == "idle")
    return fatal_with("57P05",
                      told("expired", "The session was idle for too long.", true, session));
  if (reason == "idle_in_transaction")
    return fatal_with("25P03", told("expired", "The session left a transaction open for too long.",
                                    true, session));
  return fatal_with("57P01", told(reason == "expired" ? "expired" : "denied",
                                  "The session has ended (" + reason + ").", false, session));
}

}  // namespace sallyport::postgres
