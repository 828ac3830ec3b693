#include "tools/admin/api.h"

#include <fmt/format.h>

#include "core/identity/tickets.h"
#include "core/json_writer.h"
#include "core/log/log.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

constexpr std::string_view kPrivate = "/v1/";
// The status in the record of a call that has not taken effect yet.
constexpr std::string_view kBegun = "begun";

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

identity::Attempt attempt_of(const ApiRequest& request) { return {"admin", request.peer, {}}; }

ApiReply missing(const Found& found) {
  if (found.allow.empty()) return not_found("there is nothing of that name");
  ApiReply reply = problem(405, "Method Not Allowed", "this path takes " + found.allow);
  reply.fields.emplace_back("Allow", found.allow);
  return reply;
}

ApiReply unreadable(const Error& error) {
  if (error.code == ErrorCode::kUnsupported)
    return problem(415, "Unsupported Media Type", error.detail);
  return bad_request(error.detail);
}

struct CallFacts {
  std::string subject;  // as claimed when the caller is not known
  std::string via;
  std::string_view operation;
  std::string status;
  std::string reason;   // the caller's own
  std::string refusal;  // why not
};

Event call_event(const ApiRequest& request, const CallFacts& facts) {
  std::string call = request.method + " " + request.path.substr(0, kRecordedPathBytes);
  Event event{"admin.call",
              {{"subject", facts.subject},
               {"via", facts.via},
               {"client_address", request.peer},
               {"call", call},
               {"operation", std::string(facts.operation)},
               {"status", facts.status}}};
  if (!facts.reason.empty()) event.fields.emplace_back("reason", facts.reason);
  if (!facts.refusal.empty()) event.fields.emplace_back("refusal", facts.refusal);
  log::info("admin call", {{"subject", facts.subject}, {"call", call}, {"status", facts.status}});
  return event;
}

Event call_event(const ApiRequest& request, const Route& route, const Call& call,
                 std::string status) {
  return call_event(request, {call.caller.subject,
                              call.caller.via,
                              route.operation,
                              std::move(status),
                              call.values.text("reason"),
                              {}});
}

std::string via_of(const ApiRequest& request) {
  return request.uid ? fmt::format("uid {}", *request.uid) : "token";
}

bool allowed(const Needs& needs, const Caller& caller) {
  const auto* privilege = std::get_if<Privilege>(&needs);
  return privilege == nullptr || may(caller, *privilege);
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

Api::Api(ApiParts parts, std::vector<Route> routes)
    : parts_(std::move(parts)), router_(std::move(routes)), late_(parts_.recorder) {}

net::Awaitable<ApiReply> Api::handle(const ApiRequest& request) {
  Found found = router_.find(request.method, request.path);
  if (found.route != nullptr && std::holds_alternative<Anybody>(found.route->needs)) {
    Call call;
    co_return co_await perform(request, *found.route, std::move(call));
  }
  // What exists under /v1 is told to people only.
  if (found.route == nullptr && !request.path.starts_with(kPrivate)) co_return missing(found);
  std::variant<Caller, Stranger> who = identify(request);
  auto* stranger = std::get_if<Stranger>(&who);
  if (stranger != nullptr && stranger->rejection && stranger->rejection->newer_keys) {
    net::OneShot<bool> fetched = *stranger->rejection->newer_keys;
    static_cast<void>(co_await fetched.wait());
    who = identify(request);
    stranger = std::get_if<Stranger>(&who);
  }
  if (stranger != nullptr) co_return co_await turn_away(request, std::move(*stranger));
  auto& caller = std::get<Caller>(who);
  if (caller.principal) parts_.logins->accept(*caller.principal, attempt_of(request));
  co_return co_await serve(request, std::move(found), std::move(caller));
}

std::variant<Caller, Api::Stranger> Api::identify(const ApiRequest& request) const {
  if (!request.uid) return identify_token(request);
  auto caller = caller_of_uid(parts_.config()->admin, *request.uid);
  if (!caller)
    return Stranger{problem(403, "Forbidden",
                            fmt::format("uid {} is not a person of admin.users", *request.uid)),
                    {},
                    {}};
  caller->via = via_of(request);
  caller->address = request.peer;
  return *std::move(caller);
}

std::variant<Caller, Api::Stranger> Api::identify_token(const ApiRequest& request) const {
  auto refuse = [](identity::Rejection rejection) {
    ApiReply reply = problem(401, "Unauthorized", "show the token of a person of admin.users");
    reply.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"sallyport-admin\"");
    std::string claimed = rejection.subject;
    return Stranger{std::move(reply), std::move(claimed), std::move(rejection)};
  };
  identity::Rejection rejection;
  rejection.kind = identity::Rejection::Kind::kNone;
  auto token = bearer(request.authorization);
  if (!token || parts_.logins == nullptr) {
    rejection.reason = "no bearer token";
    return refuse(std::move(rejection));
  }
  // Before it is looked at, which would spend one of its uses.
  if (identity::TicketBook::looks_like_ticket(*token)) {
    rejection.reason = "a ticket is not for the admin interface";
    return refuse(std::move(rejection));
  }
  auto verified = parts_.logins->verify(*token, attempt_of(request));
  if (auto* why = std::get_if<identity::Rejection>(&verified)) return refuse(std::move(*why));
  const auto& principal = std::get<Principal>(verified);
  auto caller = caller_of_principal(parts_.config()->admin, principal);
  if (!caller) {
    rejection.kind = identity::Rejection::Kind::kNotInForce;
    rejection.reason = principal.actors.empty()
                           ? "not a person of admin.users"
                           : "an agent that acts for a person is not that person";
    rejection.issuer = principal.issuer;
    rejection.subject = principal.subject;
    return refuse(std::move(rejection));
  }
  caller->via = via_of(request);
  caller->address = request.peer;
  return *std::move(caller);
}

bool Api::still_allowed(const ApiRequest& request) const {
  Found found = router_.find(request.method, request.path);
  std::variant<Caller, Stranger> who = identify(request);
  const auto* caller = std::get_if<Caller>(&who);
  return found.route != nullptr && caller != nullptr && allowed(found.route->needs, *caller);
}

// The refusal is recorded before it is answered, but not kept for later while there is no store:
// strangers would fill the place of what people did.
net::Awaitable<ApiReply> Api::turn_away(const ApiRequest& request, Stranger stranger) {
  std::string why = stranger.rejection ? stranger.rejection->reason : "not a person of admin.users";
  CallFacts facts{
      stranger.claimed, via_of(request), {}, fmt::format("{}", stranger.reply.status), {},
      std::move(why)};
  co_await late_.record(call_event(request, facts));
  if (stranger.rejection && parts_.logins != nullptr) {
    identity::Attempt attempt = attempt_of(request);
    co_await parts_.logins->refuse(*std::move(stranger.rejection), std::move(attempt));
  }
  co_return std::move(stranger.reply);
}

net::Awaitable<ApiReply> Api::serve(const ApiRequest& request, Found found, Caller caller) {
  if (found.route == nullptr) co_return missing(found);
  const Route& route = *found.route;
  if (!allowed(route.needs, caller)) {
    std::string detail = fmt::format("the groups of {} do not give the privilege {}",
                                     caller.subject, to_string(route.needs));
    CallFacts facts{caller.subject, caller.via, route.operation, "403", {}, detail};
    co_await late_.record(call_event(request, facts));
    co_return problem(403, "Forbidden", detail);
  }
  Result<Values> values = read_values(route, request, std::move(found.captures));
  if (!values) {
    ApiReply reply = unreadable(values.error());
    CallFacts facts{
        caller.subject,  caller.via, route.operation, fmt::format("{}", reply.status), {},
        "not understood"};
    co_await late_.record(call_event(request, facts));
    co_return reply;
  }
  Call call{std::move(caller), *std::move(values), request.body};
  co_return co_await perform(request, route, std::move(call));
}

net::Awaitable<ApiReply> Api::perform(const ApiRequest& request, const Route& route, Call call) {
  const auto* privilege = std::get_if<Privilege>(&route.needs);
  if (route.handler && privilege != nullptr && config::changes(*privilege) && !route.without_store)
    co_return co_await change(request, route, std::move(call));
  ApiReply reply = problem(503, "Service Unavailable", "no broker runs, and this needs one");
  if (route.handler) reply = co_await route.handler(call);
  if (privilege != nullptr) {
    Event event = call_event(request, route, call, fmt::format("{}", reply.status));
    co_await late_.record(std::move(event));
  }
  co_return reply;
}

net::Awaitable<ApiReply> Api::change(const ApiRequest& request, const Route& route, Call call) {
  Event begun = call_event(request, route, call, std::string(kBegun));
  Pending recorded = parts_.recorder.event(begun);
  Result<EventNumber> number = co_await recorded.wait();
  if (!number)
    co_return problem(503, "Not Recorded",
                      "the audit store takes no records now, so nothing was changed");
  ApiReply reply = co_await route.handler(call);
  Event result{"admin.result",
               {{"event", fmt::format("{}", to_number(*number))},
                {"status", fmt::format("{}", reply.status)}}};
  co_await late_.record(std::move(result));
  co_return reply;
}

}  // namespace sallyport::admin
