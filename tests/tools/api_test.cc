// The admin interface from a request to its answer, with the real registry and authenticator.
#include "tools/admin/api.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/api_fixture.h"

namespace sallyport::admin {
namespace {

using Json = nlohmann::json;

using Fixture = ApiFixture;

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
  REQUIRE(logins.size() == 4);
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
  auto events = f.store.of_kind("event");
  REQUIRE(events.size() == 3);
  auto& fields = events[1].event.fields;
  CHECK(events[1].event.type == "admin.call");
  CHECK(fields[0].second == "alice");
  CHECK(fields.back() == std::pair<std::string, std::string>{"reason", "runaway loop"});
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
  CHECK(f.call(1000, "DELETE", "/v1/sessions").status == 404);
  CHECK(f.call(1000, "GET", "/").status == 404);
  CHECK(f.call(1000, "GET", "/v1/sessionsx").status == 404);
  CHECK(f.call(1000, "GET", "/v1/sessions/").status == 404);
  CHECK(f.call(1000, "GET", "/v1/sessions/x").status == 400);
  CHECK(f.call(1000, "POST", "/v1/sessions/kill").status == 404);
  CHECK(f.call(1000, "POST", "/v1/sessions/x/kill").status == 400);
  std::string id = f.open_session();
  for (const char* body : {"[]", "x", R"({"reason":7})"})
    CHECK(f.call(1000, "POST", "/v1/sessions/" + id + "/kill", "", body).status == 400);
  CHECK(f.sessions.size() == 1);
}

}  // namespace sallyport::admin
