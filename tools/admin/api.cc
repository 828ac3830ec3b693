#include "tools/admin/api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_writer.h"
#include "core/log/log.h"
#include "tools/admin/limits.h"
#include "tools/admin/sessions_json.h"
#include "tools/broker/versions.h"

namespace sallyport::admin {
namespace {

constexpr std::string_view kSessions = "/v1/sessions";
constexpr std::string_view kTail = "/v1/sessions/tail";
constexpr std::string_view kKill = "/kill";

// The word between "/v1/sessions/" and `suffix`.
std::string_view session_word(std::string_view path, std::string_view suffix) {
  path.remove_prefix(kSessions.size() + 1);
  path.remove_suffix(suffix.size());
  return path;
}

std::optional<std::string_view> bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    // RFC 9110 §11.1: the scheme is case-insensitive.
    char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != kScheme[i]) return std::nullopt;
  }
  return authorization.substr(kScheme.size());
}

// What a path under /v1 asks for, or nothing when there is no such thing.
std::optional<Privilege> privilege_of(const ApiRequest& request) {
  bool get = request.method == "GET";
  if (get && request.path.starts_with(kSessions)) return Privilege::kReadSessions;
  if (request.method == "POST" && request.path.starts_with(kSessions) &&
      request.path.ends_with(kKill) && request.path.size() > kSessions.size() + kKill.size() + 1)
    return Privilege::kEndSession;
  return std::nullopt;
}

}  // namespace

ApiReply problem(int status, std::string_view title, std::string_view detail) {
  ApiReply reply;
  reply.status = status;
  reply.content_type = "application/problem+json";
  JsonWriter(reply.body)
      .begin_object()
      .text("type", "about:blank")
      .text("title", title)
      .number("status", static_cast<std::uint64_t>(status))
      .text("detail", detail)
      .end_object();
  return reply;
}

ApiReply Api::handle(const ApiRequest& request) const {
  bool read = request.method == "GET" || request.method == "HEAD";
  if (read && request.path == "/healthz") return health();
  if (read && request.path == "/readyz") return readiness();
  if (read && request.path == "/metrics") return metrics();
  return privileged(request);
}

ApiReply Api::health() const {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object().text("status", "ok").text("version", broker::program_version());
  json.begin_object("libraries");
  for (const auto& [name, version] : broker::library_versions()) json.text(name, version);
  json.end_object().end_object();
  return reply;
}

ApiReply Api::readiness() const {
  std::string_view state = "ready";
  if (!parts_.recorder.healthy()) state = "the audit store takes no records";
  if (parts_.draining()) state = "draining";
  ApiReply reply;
  reply.status = state == "ready" ? 200 : 503;
  JsonWriter(reply.body).begin_object().text("status", state).end_object();
  return reply;
}

ApiReply Api::metrics() const {
  parts_.metrics.set_sessions(parts_.sessions.size());
  parts_.metrics.set_connections(parts_.connections());
  parts_.metrics.set_store_healthy(parts_.recorder.healthy());
  parts_.metrics.set_log_dropped(log::dropped());
  ApiReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = parts_.metrics.exposition();
  return reply;
}

std::optional<Caller> Api::identify(const ApiRequest& request) const {
  auto users = parts_.users();
  if (request.uid) return caller_of_uid(users, *request.uid);
  auto token = bearer(request.authorization);
  if (!token) return std::nullopt;
  Login login;
  login.protocol = "admin";
  login.client_address = request.peer;
  std::optional<Caller> caller;
  auto verified = parts_.authenticator.authenticate(*token);
  if (auto* principal = std::get_if<Principal>(&verified)) {
    login.issuer = principal->issuer;
    login.subject = principal->subject;
    caller = caller_of_principal(users, *principal);
    login.accepted = caller.has_value();
    login.reason = caller ? "" : "not a person of admin.users";
  } else {
    const auto& rejection = std::get<identity::Rejection>(verified);
    login.issuer = rejection.issuer;
    login.subject = rejection.subject;
    login.reason = rejection.reason;
  }
  parts_.recorder.login(login);
  return caller;
}

ApiReply Api::privileged(const ApiRequest& request) const {
  auto caller = identify(request);
  if (!caller && request.uid)
    return problem(403, "Forbidden",
                   fmt::format("uid {} is not a person of admin.users", *request.uid));
  if (!caller) return problem(401, "Unauthorized", "show the token of a person of admin.users");
  auto privilege = privilege_of(request);
  if (!privilege) return problem(404, "Not Found", "there is nothing of that name and method");
  ApiReply reply = problem(
      403, "Forbidden",
      fmt::format("the groups of {} do not allow to {}", caller->subject, to_string(*privilege)));
  if (may(*caller, *privilege)) reply = route(request, *privilege);
  record(request, *caller, reply);
  return reply;
}

ApiReply Api::route(const ApiRequest& request, Privilege privilege) const {
  if (privilege == Privilege::kEndSession) return kill(session_word(request.path, kKill), request);
  if (request.path == kSessions) return live_sessions();
  if (request.path == kTail) {
    ApiReply reply;
    reply.content_type = "application/x-ndjson";
    reply.tail = true;
    return reply;
  }
  if (request.path.size() > kSessions.size() + 1 && request.path[kSessions.size()] == '/')
    return one_session(session_word(request.path, ""));
  return problem(404, "Not Found", "there is nothing of that name");
}

ApiReply Api::live_sessions() const {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_array();
  for (const auto& session : parts_.sessions.live()) json.raw({}, session_json(*session));
  json.end_array();
  return reply;
}

ApiReply Api::one_session(std::string_view word) const {
  auto id = SessionId::parse(word);
  if (!id) return problem(400, "Bad Request", id.error().detail);
  auto session = parts_.sessions.find(*id);
  if (!session) return problem(404, "Not Found", "no live session has this id");
  ApiReply reply;
  reply.body = session_json(*session);
  return reply;
}

ApiReply Api::kill(std::string_view word, const ApiRequest& request) const {
  auto id = SessionId::parse(word);
  if (!id) return problem(400, "Bad Request", id.error().detail);
  if (!request.body.empty()) {
    auto json = nlohmann::json::parse(request.body, nullptr, false);
    if (!json.is_object() || (json.contains("reason") && !json["reason"].is_string()))
      return problem(400, "Bad Request", "the body is {\"reason\": text}, or empty");
  }
  // Not held up by a store that cannot write: ending a session always works (ARCHITECTURE,
  // invariant 2).
  if (!parts_.sessions.end(*id, "killed"))
    return problem(404, "Not Found", "no live session has this id");
  ApiReply reply;
  JsonWriter(reply.body)
      .begin_object()
      .text("id", id->to_string())
      .text("end_reason", "killed")
      .end_object();
  return reply;
}

void Api::record(const ApiRequest& request, const Caller& caller, const ApiReply& reply) const {
  std::string via = request.uid ? fmt::format("uid {}", *request.uid) : "token";
  Event event{"admin.call",
              {{"subject", caller.subject},
               {"via", via},
               {"client_address", request.peer},
               {"call", request.method + " " + request.path},
               {"status", fmt::format("{}", reply.status)}}};
  auto json = nlohmann::json::parse(request.body, nullptr, false);
  if (json.is_object() && json.contains("reason") && json["reason"].is_string())
    event.fields.emplace_back("reason", json["reason"].get<std::string>().substr(0, kReasonBytes));
  parts_.recorder.event(event);
  log::info("admin call", {{"subject", caller.subject},
                           {"call", request.method + " " + request.path},
                           {"status", fmt::format("{}", reply.status)}});
}

}  // namespace sallyport::admin
