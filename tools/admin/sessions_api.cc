#include "tools/admin/sessions_api.h"

#include "core/json_writer.h"
#include "tools/admin/sessions_json.h"

namespace sallyport::admin {
namespace {

using In = Parameter::In;

ApiReply list(SessionRegistry& sessions) {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_array();
  for (const auto& session : sessions.live()) json.raw({}, session_json(*session));
  json.end_array();
  return reply;
}

ApiReply show(SessionRegistry& sessions, const Call& call) {
  auto id = SessionId::parse(call.values.text("id"));
  if (!id) return bad_request(id.error().detail);
  auto session = sessions.find(*id);
  if (!session) return not_found("no live session has this id");
  ApiReply reply;
  reply.body = session_json(*session);
  return reply;
}

ApiReply tail() {
  ApiReply reply;
  reply.content_type = "application/x-ndjson";
  reply.tail = true;
  return reply;
}

ApiReply end(SessionRegistry& sessions, const Call& call) {
  auto id = SessionId::parse(call.values.text("id"));
  if (!id) return bad_request(id.error().detail);
  if (!sessions.end(*id, "killed")) return not_found("no live session has this id");
  ApiReply reply;
  JsonWriter(reply.body)
      .begin_object()
      .text("id", id->to_string())
      .text("end_reason", "killed")
      .end_object();
  return reply;
}

}  // namespace

std::vector<Route> session_routes(SessionRegistry* sessions) {
  Route listing{"GET", "/v1/sessions", "listSessions", Privilege::kReadSessions};
  Route showing{"GET", "/v1/sessions/{id}", "getSession", Privilege::kReadSessions};
  Route following{"GET", "/v1/sessions/tail", "tailSessions", Privilege::kReadSessions};
  Route ending{"POST", "/v1/sessions/{id}/kill", "killSession", Privilege::kEndSessions};
  ending.parameters = {{"reason", In::kBody}};
  // Ending a session always works (ARCHITECTURE, promise 2).
  ending.without_store = true;
  if (sessions != nullptr) {
    listing.handler = [sessions](const Call&) { return ready(list(*sessions)); };
    showing.handler = [sessions](const Call& call) { return ready(show(*sessions, call)); };
    following.handler = [](const Call&) { return ready(tail()); };
    ending.handler = [sessions](const Call& call) { return ready(end(*sessions, call)); };
  }
  return {listing, showing, following, ending};
}

}  // namespace sallyport::admin
