#include "tools/admin/router.h"

#include <catch2/catch.hpp>

#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

using In = Parameter::In;
using Kind = Parameter::Kind;

std::vector<Route> table() {
  Route list{"GET", "/v1/things", "listThings", AnyPerson{}};
  list.parameters = {{"inactive"}, {"limit", In::kQuery, Kind::kNumber}};
  Route best{"GET", "/v1/things/best", "bestThing", AnyPerson{}};
  Route get{"GET", "/v1/things/{name}", "getThing", AnyPerson{}};
  Route put{"PUT", "/v1/things/{name}", "setThing", AnyPerson{}};
  put.takes_bytes = true;
  Route move{"POST", "/v1/things/{name}/move/{place}", "moveThing", AnyPerson{}};
  move.parameters = {{"reason", In::kBody, Kind::kText, true},
                     {"force", In::kBody, Kind::kBoolean},
                     {"times", In::kBody, Kind::kNumber}};
  return {get, list, best, put, move};
}

struct Request : ApiRequest {
  Request(std::string how, std::string where, std::string what = {}, std::string type = {}) {
    method = std::move(how);
    body = std::move(what);
    content_type = std::move(type);
    REQUIRE_FALSE(read_target(where, *this));
  }
};

Result<Values> read(const Request& request) {
  Router router(table());
  Found found = router.find(request.method, request.path);
  REQUIRE(found.route != nullptr);
  return read_values(*found.route, request, found.captures);
}

std::string refusal(const Request& request) {
  auto values = read(request);
  return values ? "read" : values.error().detail;
}

}  // namespace

TEST_CASE("A path is one of a pattern, the pattern with the fewest captures first") {
  Router router(table());
  CHECK(router.find("GET", "/v1/things").route->operation == "listThings");
  CHECK(router.find("HEAD", "/v1/things").route->operation == "listThings");
  CHECK(router.find("GET", "/v1/things/best").route->operation == "bestThing");
  Found found = router.find("GET", "/v1/things/a%20b");
  CHECK(found.route->operation == "getThing");
  CHECK(found.captures.text("name") == "a b");
  found = router.find("POST", "/v1/things/x/move/y");
  CHECK(found.captures.text("name") == "x");
  CHECK(found.captures.text("place") == "y");
  for (const char* path : {"/", "/v1", "/v1/things/", "/v1/thing", "/v1/things/x/move",
                           "/v1/things/x/move/", "/v1/things/x/move/y/z", "/v1/Things", ""}) {
    INFO(path);
    Found none = router.find("GET", path);
    CHECK(none.route == nullptr);
    CHECK(none.allow.empty());
  }
}

TEST_CASE("A method that a path does not take names those it takes") {
  Router router(table());
  Found found = router.find("DELETE", "/v1/things/x");
  CHECK(found.route == nullptr);
  CHECK(found.allow == "GET, HEAD, PUT");
  CHECK(router.find("POST", "/v1/things/best").allow == "GET, HEAD");
  CHECK(router.find("get", "/v1/things").route == nullptr);
}

TEST_CASE("A path that two readers could take for different ones is refused") {
  for (const char* target : {"/v1/things/a%2Fb", "/v1//things", "/v1/things/a;b", "/v1/%2e%2e/x",
                             "/v1/things/a%00", "things", "/v1/things/\\x"}) {
    INFO(target);
    ApiRequest request;
    request.method = "GET";
    CHECK(read_target(target, request));
  }
}

TEST_CASE("The query has known parameters, each once and of its kind") {
  auto values = read(Request("GET", "/v1/things?inactive=90d&limit=7"));
  REQUIRE(values);
  CHECK(values->text("inactive") == "90d");
  CHECK(values->number("limit") == 7u);
  CHECK_FALSE(values->has("name"));
  CHECK(refusal(Request("GET", "/v1/things?other=1")) ==
        "the query has a parameter that is not known here; it may have inactive, limit");
  CHECK(refusal(Request("GET", "/v1/things/best?x=1")).find("it may have nothing") !=
        std::string::npos);
  CHECK(refusal(Request("GET", "/v1/things?limit=1&limit=2")) == "\"limit\" is given twice");
  for (const char* wrong : {"limit=", "limit=-1", "limit=1.5", "limit=99999999999999999999"})
    CHECK(refusal(Request("GET", std::string("/v1/things?") + wrong)) ==
          "\"limit\" must be a whole number from 0 on");
  CHECK(refusal(Request("GET", "/v1/things?inactive=" + std::string(kParameterBytes, 'x'))) ==
        "read");
  CHECK(refusal(Request("GET", "/v1/things?inactive=" + std::string(kParameterBytes + 1, 'x'))) ==
        "\"inactive\" is longer than 1024 bytes");
}

TEST_CASE("A JSON body has known members, each once and of its kind") {
  const std::string path = "/v1/things/x/move/y";
  auto values =
      read(Request("POST", path, R"({"reason":"r","force":true,"times":3})", "application/json"));
  REQUIRE(values);
  CHECK(values->text("reason") == "r");
  CHECK(values->flag("force"));
  CHECK(values->number("times") == 3u);
  struct Row {
    const char* body;
    const char* detail;
  };
  for (const Row& row : std::vector<Row>{
           {"", "\"reason\" is missing"},
           {"{}", "\"reason\" is missing"},
           {"[]", "the body must be a JSON object"},
           {"x", "the body is not JSON"},
           {R"({"reason":"a","reason":"b"})", "the body repeats a member name"},
           {R"({"reason":7})", "\"reason\" must be a text"},
           {R"({"reason":null})", "\"reason\" must be a text"},
           {R"({"reason":"a","force":"true"})", "\"force\" must be true or false"},
           {R"({"reason":"a","times":-1})", "\"times\" must be a whole number from 0 on"},
           {R"({"reason":"a","times":1.0})", "\"times\" must be a whole number from 0 on"},
           {R"({"reason":"a","name":"b"})",
            "the body has a member that is not known here; it may have reason, force, times"}})
    CHECK(refusal(Request("POST", path, row.body)) == row.detail);
}

TEST_CASE("A body of another type than the call takes is unsupported, and none may be too many") {
  auto wrong = read(Request("POST", "/v1/things/x/move/y", R"({"reason":"r"})", "text/plain"));
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == ErrorCode::kUnsupported);
  CHECK(read(Request("POST", "/v1/things/x/move/y", R"({"reason":"r"})",
                     "Application/JSON; charset=utf-8")));
  CHECK(read(Request("PUT", "/v1/things/x", std::string("\0\xFF", 2), "application/octet-stream")));
  CHECK_FALSE(read(Request("PUT", "/v1/things/x", "v", "application/x-www-form-urlencoded")).ok());
  CHECK(refusal(Request("GET", "/v1/things", "{}")) == "this call takes no body");
}

}  // namespace sallyport::admin
