// The admin interface from a request to its answer, with the real registry and authenticator.
#include "tools/admin/api.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/api_fixture.h"
#include "tools/admin/late_events.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

using Json = nlohmann::json;

using Fixture = ApiFixture;

std::string field(const Event& event, const std::string& name) {
  for (const auto& [key, value] : event.fields)
    if (key == name) return value;
  return "(none)";
}

}  // namespace

TEST_CASE("Health, readiness and metrics need no identity") {
  Fixture f;
  ApiReply health = f.call({}, "GET", "/healthz");
  CHECK(health.status == 200);
  CHECK(Json::parse(health.body)["libraries"].contains("OpenSSL"));
  CHECK(f.call({}, "GET", "/readyz").status == 200);
  CHECK(f.call({}, "GET", "/metrics").body.find("sallyport_connections 3") != std::string::npos);
  f.draining = true;
  CHECK(f.call({}, "GET", "/readyz").status == 503);
  f.draining = false;
  f.store.fail(true);
  CHECK(f.call({}, "GET", "/readyz").status == 503);
  CHECK(f.call({}, "GET", "/healthz").status == 200);
}

TEST_CASE("Each kind of caller gets what its groups allow, and nothing else") {
  struct Row {
    std::optional<unsigned> uid;
    int list;
    int kill;
  };
  for (const Row& row : std::vector<Row>{{1000, 200, 200},
                                         {1001, 200, 403},
                                         {1002, 403, 403},
                                         {0, 403, 403},
                                         {std::nullopt, 401, 401}}) {
    Fixture f;
    std::string id = f.open_session();
    CHECK(f.call(row.uid, "GET", "/v1/sessions").status == row.list);
    CHECK(f.call(row.uid, "GET", "/v1/sessions/" + id).status == row.list);
    CHECK(f.call(row.uid, "GET", "/v1/sessions/tail").status == row.list);
    CHECK(f.call(row.uid, "POST", "/v1/sessions/" + id + "/kill").status == row.kill);
    CHECK(f.sessions.size() == (row.kill == 200 ? 0u : 1u));
  }
}

TEST_CASE("A token on the admin address is a person only with its issuer and subject") {
  Fixture f;
  CHECK(f.call({}, "GET", "/v1/sessions", "Bearer " + f.token("bob")).status == 200);
  CHECK(f.call({}, "GET", "/v1/sessions", "bearer " + f.token("bob")).status == 200);
  CHECK(f.call({}, "GET", "/v1/sessions", "Bearer " + f.token("alice")).status == 401);
  CHECK(f.call({}, "GET", "/v1/sessions", "Bearer rubbish").status == 401);
  CHECK(f.call({}, "GET", "/v1/sessions", "Basic Ym9iOng=").status == 401);
  auto logins = f.store.of_kind("login");
  REQUIRE(logins.size() == 5);
  CHECK(logins[0].login.accepted);
  CHECK_FALSE(logins[2].login.accepted);
  CHECK_FALSE(f.store.contains(f.token("bob")));
}

TEST_CASE("On the socket a token means nothing: the caller is the peer") {
  Fixture f;
  CHECK(f.call(1002, "GET", "/v1/sessions", "Bearer " + f.token("bob")).status == 403);
}

TEST_CASE("Live sessions have members named like the columns") {
  Fixture f;
  std::string id = f.open_session();
  Json one = Json::parse(f.call(1000, "GET", "/v1/sessions/" + id).body);
  CHECK(one["id"] == id);
  CHECK(one["ended_at"].is_null());
  CHECK(one["subject"] == "agent-1");
  CHECK(one["groups"] == Json::parse(R"(["agents"])"));
  Json all = Json::parse(f.call(1000, "GET", "/v1/sessions").body);
  CHECK(all == Json::array({one}));
}

TEST_CASE("A kill ends the session and is recorded with who, what and why, refused ones too") {
  Fixture f;
  std::string id = f.open_session();
  std::string path = "/v1/sessions/" + id + "/kill";
  CHECK(f.call(1001, "POST", path).status == 403);
  CHECK(f.call(1000, "POST", path, "", R"({"reason":"runaway loop"})").status == 200);
  CHECK(f.call(1000, "POST", path).status == 404);
  auto closed = f.store.of_kind("close");
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].closed.reason == "killed");
  auto events = f.calls();
  REQUIRE(events.size() == 3);
  CHECK(events[0].event.type == "admin.call");
  CHECK(field(events[0].event, "subject") == "audrey");
  CHECK(field(events[0].event, "status") == "403");
  CHECK(field(events[0].event, "refusal").find("end-sessions") != std::string::npos);
  CHECK(field(events[1].event, "subject") == "alice");
  CHECK(field(events[1].event, "via") == "uid 1000");
  CHECK(field(events[1].event, "client_address") == "peer");
  CHECK(field(events[1].event, "call") == "POST " + path);
  CHECK(field(events[1].event, "operation") == "killSession");
  CHECK(field(events[1].event, "status") == "200");
  CHECK(field(events[1].event, "reason") == "runaway loop");
  CHECK(field(events[2].event, "status") == "404");
}

TEST_CASE("A caller that is nobody is recorded before it is answered") {
  Fixture f;
  f.store.hold(true);
  std::optional<ApiReply> reply;
  ApiRequest request;
  request.method = "GET";
  request.path = "/v1/sessions";
  request.authorization = "Bearer rubbish";
  request.peer = "peer";
  f.loop.start(f.api.handle(request), reply);
  f.loop.turn();
  CHECK_FALSE(reply);
  f.store.release();
  f.loop.turn();
  f.store.release();
  f.loop.turn();
  REQUIRE(reply);
  CHECK(reply->status == 401);
  auto events = f.calls();
  REQUIRE(events.size() == 1);
  CHECK(field(events[0].event, "status") == "401");
  CHECK(field(events[0].event, "via") == "token");
  CHECK(f.store.of_kind("login").size() == 1);
  // A uid without an entry as well.
  f.store.hold(false);
  CHECK(f.call(4321, "GET", "/v1/whoami").status == 403);
  CHECK(field(f.calls().back().event, "via") == "uid 4321");
}

TEST_CASE("A ticket is not a person, and is not spent by asking") {
  Fixture f;
  CHECK(f.call({}, "GET", "/v1/sessions", "Bearer spt_" + std::string(43, 'A')).status == 401);
  CHECK(f.store.of_kind("login").back().login.reason == "a ticket is not for the admin interface");
}

TEST_CASE("An agent with the token of a person it acts for is not that person") {
  Fixture f;
  std::string token = identity::issue_token(f.issuer, "bob", {"admin"}, "agent-1",
                                            std::chrono::minutes(5), f.clock.wall())
                          .value();
  CHECK(f.call({}, "GET", "/v1/sessions", "Bearer " + token).status == 401);
}

TEST_CASE("Everybody of admin.users may ask who they are, which is no event") {
  Fixture f;
  f.users.push_back({1003, "", "dora", {"dba"}, {}});
  Json answer = Json::parse(f.call(1003, "GET", "/v1/whoami").body);
  CHECK(answer["subject"] == "dora");
  CHECK(answer["groups"] == Json::parse(R"(["dba"])"));
  CHECK(answer["privileges"] == Json::array());
  CHECK(f.calls().empty());
  CHECK(f.call(1003, "GET", "/v1/sessions").status == 403);
  f.groups["dba"] = {Privilege::kReadSessions};
  CHECK(f.call(1003, "GET", "/v1/sessions").status == 200);
}

TEST_CASE("What changes something waits for its record, and without one nothing is changed") {
  Fixture f;
  int changed = 0;
  Route route{"PUT", "/v1/things", "setThing", Privilege::kChangeSecrets};
  route.handler = [&changed](const Call&) {
    ++changed;
    return ready(ApiReply{});
  };
  Api api({f.store, &f.logins, [&f] { return f.config(); }}, {route});
  ApiRequest request;
  request.method = "PUT";
  request.path = "/v1/things";
  request.uid = 1000;
  f.store.hold(true);
  std::optional<ApiReply> reply;
  f.loop.start(api.handle(request), reply);
  f.loop.turn();
  CHECK(changed == 0);
  f.store.hold(false);
  f.store.release();
  f.loop.turn();
  REQUIRE(reply);
  CHECK(changed == 1);
  auto events = f.calls();
  REQUIRE(events.size() == 2);
  CHECK(field(events[0].event, "status") == "begun");
  CHECK(events[1].event.type == "admin.result");
  CHECK(field(events[1].event, "status") == "200");

  f.store.fail(true);
  CHECK(f.loop.run(api.handle(request)).status == 503);
  CHECK(changed == 1);
}

TEST_CASE("What happened without a store is recorded when there is one again") {
  Fixture f;
  std::string id = f.open_session();
  f.store.fail(true);
  CHECK(f.call(1000, "POST", "/v1/sessions/" + id + "/kill", "", R"({"reason":"now"})").status ==
        200);
  CHECK(f.call(1001, "GET", "/v1/sessions").status == 200);
  f.api.retry_records();
  CHECK(f.calls().empty());
  f.store.fail(false);
  for (int i = 0; i < 3; ++i) f.api.retry_records();
  auto events = f.calls();
  REQUIRE(events.size() == 2);
  CHECK(field(events[0].event, "reason") == "now");
  CHECK(field(events[1].event, "subject") == "audrey");
}

TEST_CASE("What waits for the store is bounded, comes in its order, and comes once") {
  Fixture f;
  LateEvents late(f.store);
  f.store.fail(true);
  for (std::size_t i = 0; i <= kLateEvents; ++i)
    f.loop.run([](LateEvents& to, std::size_t number) -> net::Awaitable<bool> {
      Event event{"admin.call", {{"number", std::to_string(number)}}};
      co_await to.record(std::move(event));
      co_return true;
    }(late, i));
  late.retry();
  f.store.fail(false);
  for (int i = 0; i < 3; ++i) late.retry();
  auto events = f.calls();
  REQUIRE(events.size() == kLateEvents);
  CHECK(field(events.front().event, "number") == "0");
  CHECK(field(events.back().event, "number") == std::to_string(kLateEvents - 1));
}

TEST_CASE("A person whose entry is gone is out, also in the middle of what goes on") {
  Fixture f;
  ApiRequest request;
  request.method = "GET";
  request.path = "/v1/sessions/tail";
  request.uid = 1001;
  CHECK(f.api.still_allowed(request));
  f.users[1].groups = {"approver"};
  CHECK_FALSE(f.api.still_allowed(request));
  f.users.clear();
  CHECK_FALSE(f.api.still_allowed(request));
  CHECK(f.call(1000, "GET", "/v1/sessions").status == 403);
}

TEST_CASE("A session ends also while the store takes no records") {
  Fixture f;
  std::string id = f.open_session();
  f.store.fail(true);
  CHECK(f.call(1000, "POST", "/v1/sessions/" + id + "/kill").status == 200);
  CHECK(f.sessions.size() == 0);
}

TEST_CASE("What does not exist is not found, and a wrong id or body is a bad request") {
  Fixture f;
  CHECK(f.call(1000, "GET", "/v1/nothing").status == 404);
  ApiReply wrong_method = f.call(1000, "DELETE", "/v1/sessions");
  CHECK(wrong_method.status == 405);
  CHECK(wrong_method.fields ==
        std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}});
  CHECK(f.call({}, "DELETE", "/healthz").status == 405);
  CHECK(f.call(1000, "GET", "/").status == 404);
  CHECK(f.call(1000, "GET", "/v1/sessionsx").status == 404);
  CHECK(f.call(1000, "GET", "/v1/sessions/x").status == 400);
  CHECK(f.call(1000, "POST", "/v1/sessions/kill").status == 405);
  CHECK(f.call(1000, "POST", "/v1/sessions/x/kill").status == 400);
  std::string id = f.open_session();
  for (const char* body : {"[]", "x", R"({"reason":7})"})
    CHECK(f.call(1000, "POST", "/v1/sessions/" + id + "/kill", "", body).status == 400);
  CHECK(f.sessions.size() == 1);
}

}  // namespace sallyport::admin
