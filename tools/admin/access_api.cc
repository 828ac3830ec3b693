#include "tools/admin/access_api.h"

#include <algorithm>

#include "core/identity/logins.h"
#include "core/json_writer.h"
#include "tools/cli/rows.h"
#include "tools/cli/values.h"

namespace sallyport::admin {
namespace {

using In = Parameter::In;
using identity::AccessControl;

constexpr std::uint64_t kMostRows = 10'000;

ApiReply unavailable(std::string_view detail) {
  return problem(503, "Service Unavailable", detail);
}

ApiReply refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalid:
      return bad_request(error.detail);
    case ErrorCode::kNotFound:
      return not_found(error.detail);
    case ErrorCode::kLimit:
      return problem(409, "Conflict", error.detail);
    default:
      return unavailable(error.detail);
  }
}

net::Awaitable<ApiReply> list_principals(const AccessParts& parts, const Call& call) {
  storage::PrincipalQuery query;
  query.subject = call.values.text("subject");
  query.issuer = call.values.text("issuer");
  query.disabled_only = call.values.flag("disabled");
  query.limit = call.values.number("limit").value_or(query.limit);
  query.offset = call.values.number("offset").value_or(0);
  if (query.limit > kMostRows) return ready(bad_request("limit: at most 10000"));
  if (call.values.has("unused_since")) {
    query.unused_since = cli::parse_time(call.values.text("unused_since"));
    if (!query.unused_since)
      return ready(bad_request("unused_since: write a time such as 2026-11-23T15:04:05Z"));
  }
  return read_store(parts.store, [query](storage::StoreReader& reader) -> Result<std::string> {
    auto rows = reader.principals(query);
    if (!rows) return rows.error();
    return cli::json_array(*rows);
  });
}

net::Awaitable<ApiReply> list_grants(const AccessParts& parts, const Call& call) {
  const std::string subject = call.values.text("subject");
  return read_store(parts.store, [subject](storage::StoreReader& reader) -> Result<std::string> {
    auto rows = reader.grants(subject);
    if (!rows) return rows.error();
    return cli::json_array(*rows);
  });
}

void write_lock(JsonWriter& json, const identity::LoginLock& lock) {
  json.begin_object().text("client_address", lock.who.address);
  cli::optional_text(json, "issuer",
                     lock.who.subject.empty() ? std::nullopt : std::optional(lock.who.issuer));
  cli::optional_text(json, "subject",
                     lock.who.subject.empty() ? std::nullopt : std::optional(lock.who.subject));
  json.number("failures", lock.failures).end_object();
}

ApiReply show(const AccessParts& parts) {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object().begin_array("disabled");
  for (const identity::DisabledIdentity& one : parts.control.list()) {
    json.begin_object().text("subject", one.subject);
    cli::optional_text(json, "issuer",
                       one.issuer.empty() ? std::nullopt : std::optional(one.issuer));
    json.text("disabled_at", iso8601(one.since))
        .text("disabled_by", one.by)
        .text("disabled_reason", one.reason)
        .end_object();
  }
  json.end_array().begin_array("locks");
  if (parts.logins != nullptr)
    for (const identity::LoginLock& lock : parts.logins->locks()) write_lock(json, lock);
  json.end_array().end_object();
  return reply;
}

AccessControl::Order order_of(const Call& call) {
  return {call.values.text("subject"), call.values.text("issuer"), call.values.text("reason"),
          call.caller.subject};
}

void write_who(JsonWriter& json, const AccessControl::Order& order) {
  json.text("subject", order.subject);
  cli::optional_text(json, "issuer",
                     order.issuer.empty() ? std::nullopt : std::optional(order.issuer));
}

net::Awaitable<ApiReply> disable(const AccessParts& parts, const Call& call) {
  const AccessControl::Order order = order_of(call);
  const auto config = parts.config();
  // A misspelt issuer would shut out nobody and look as if it had.
  const bool known =
      order.issuer.empty() || std::ranges::any_of(config->issuers, [&](const auto& issuer) {
        return issuer.name == order.issuer;
      });
  if (!known) co_return bad_request("no issuer of identity.issuers is named " + order.issuer);
  auto done = parts.control.disable(order);
  if (!done) co_return refusal(done.error());
  const Result<EventNumber> number = co_await done->recorded.wait();
  // Without a broker the record is all there is.
  if (!number && parts.logins == nullptr) co_return unavailable(number.error().detail);
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object();
  write_who(json, order);
  json.text("state", "disabled")
      .number("sessions_ended", done->sessions)
      .boolean("recorded", number.ok())
      .end_object();
  co_return reply;
}

net::Awaitable<ApiReply> enable(const AccessParts& parts, const Call& call) {
  const AccessControl::Order order = order_of(call);
  const Result<void> done = co_await parts.control.enable(order);
  if (!done) co_return refusal(done.error());
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object();
  write_who(json, order);
  json.text("state", "active").end_object();
  co_return reply;
}

ApiReply unlock(identity::Logins& logins, const Call& call) {
  const std::string who = call.values.text("who");
  const std::size_t ended = logins.unlock(who, call.caller.subject);
  if (ended == 0) return not_found("nobody of this subject or address is locked");
  ApiReply reply;
  JsonWriter(reply.body).begin_object().text("who", who).number("unlocked", ended).end_object();
  return reply;
}

// The routes, without what they do.
std::vector<Route> described() {
  const Parameter reason{"reason", In::kBody};
  Route principals{"GET", "/v1/principals", "listPrincipals", Privilege::kReadAccess};
  principals.parameters = {{"subject"},
                           {"issuer"},
                           {"unused_since"},
                           {"disabled", In::kQuery, Parameter::Kind::kBoolean},
                           {"limit", In::kQuery, Parameter::Kind::kNumber},
                           {"offset", In::kQuery, Parameter::Kind::kNumber}};
  Route grants{"GET", "/v1/grants", "listGrants", Privilege::kReadAccess};
  grants.parameters = {{"subject", In::kQuery, Parameter::Kind::kText, true}};
  Route showing{"GET", "/v1/access", "getAccess", Privilege::kReadAccess};
  Route disabling{"POST", "/v1/access/disable", "disableAccess", Privilege::kChangeAccess};
  disabling.parameters = {
      {"subject", In::kBody, Parameter::Kind::kText, true}, {"issuer", In::kBody}, reason};
  // Shutting somebody out always works (ARCHITECTURE, promise 2).
  disabling.without_store = true;
  Route enabling{"POST", "/v1/access/enable", "enableAccess", Privilege::kChangeAccess};
  enabling.parameters = disabling.parameters;
  Route unlocking{"POST", "/v1/access/unlock", "unlockAccess", Privilege::kChangeAccess};
  unlocking.parameters = {{"who", In::kBody, Parameter::Kind::kText, true}, reason};
  return {principals, grants, showing, disabling, enabling, unlocking};
}

}  // namespace

std::vector<Route> access_routes(const std::optional<AccessParts>& parts) {
  std::vector<Route> routes = described();
  if (!parts) return routes;
  routes[0].handler = [p = *parts](const Call& call) { return list_principals(p, call); };
  routes[1].handler = [p = *parts](const Call& call) { return list_grants(p, call); };
  routes[2].handler = [p = *parts](const Call&) { return ready(show(p)); };
  routes[3].handler = [p = *parts](const Call& call) { return disable(p, call); };
  routes[4].handler = [p = *parts](const Call& call) { return enable(p, call); };
  if (identity::Logins* logins = parts->logins)
    routes[5].handler = [logins](const Call& call) { return ready(unlock(*logins, call)); };
  return routes;
}

}  // namespace sallyport::admin
