#include "protocols/http/facts.h"

#include <catch2/catch.hpp>

namespace sallyport::http {
namespace {

Command command_of(const std::string& request) {
  RawCommands raw = commands_from_raw(request);
  INFO(raw.parse_error.value_or(""));
  REQUIRE(raw.commands.size() == 1);
  return raw.commands.front();
}

Command command_of(const std::string& line, const std::string& fields) {
  return command_of(line + " HTTP/1.1\r\nHost: app.internal\r\n" + fields + "\r\n");
}

std::vector<std::string> values(const Command& command, const std::string& name) {
  std::vector<std::string> out;
  for (const Attribute& a : command.attributes)
    if (a.name == name) out.push_back(a.value);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("each method has its action, and a method we do not model is unknown") {
  CHECK(command_of("GET /", "").actions == ActionSet{Action::kRead});
  CHECK(command_of("HEAD /", "").actions == ActionSet{Action::kRead});
  CHECK(command_of("OPTIONS /", "").actions == ActionSet{Action::kRead});
  CHECK(command_of("POST /", "").actions == ActionSet{Action::kWrite});
  CHECK(command_of("PUT /", "").actions == ActionSet{Action::kWrite});
  CHECK(command_of("PATCH /", "").actions == ActionSet{Action::kWrite});
  CHECK(command_of("DELETE /", "").actions == ActionSet{Action::kDelete});
  CHECK(command_of("TRACE /", "").actions == ActionSet{Action::kUnknown});
  CHECK(command_of("PROPFIND /", "").actions == ActionSet{Action::kUnknown});
  CHECK(command_of("delete /", "").actions == ActionSet{Action::kUnknown});
}

TEST_CASE("CONNECT is no request to a target") {
  CHECK(commands_from_raw("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n").parse_error);
}

TEST_CASE("every spelling of a method override adds the action that it names") {
  for (const std::string name : {"X-HTTP-Method-Override", "x-http-method", "X-Method-Override"}) {
    const Command c = command_of("POST /api/users/1", name + ": delete\r\n");
    CHECK(c.actions == ActionSet{Action::kWrite, Action::kDelete});
    CHECK(values(c, "http.method_override") == Texts{"DELETE"});
  }
  const Command query = command_of("POST /x?a=1&_method=put", "");
  CHECK(query.actions == ActionSet{Action::kWrite});
  CHECK(values(query, "http.method_override") == Texts{"PUT"});
  CHECK(command_of("GET /x?%5fmethod=FROB", "").actions ==
        ActionSet{Action::kRead, Action::kUnknown});
}

TEST_CASE("an upgrade adds forward and names its protocols") {
  const Command c = command_of("GET /", "Upgrade: WebSocket, h2c\r\nConnection: Upgrade\r\n");
  CHECK(c.actions == ActionSet{Action::kRead, Action::kForward});
  CHECK(values(c, "http.upgrade") == Texts{"websocket", "h2c"});
  CHECK(command_of("GET /", "Upgrade: x\r\n").actions.has(Action::kForward));
}

TEST_CASE("the facts are those of the normalised path") {
  const Command c = command_of("GET /a/../%61dmin/./x?q=a%20b&q=2", "");
  CHECK(c.text == "GET /admin/x?q=a%20b&q=2");
  REQUIRE(c.objects.size() == 1);
  CHECK(c.objects[0].to_string() == "path:/admin/x");
  CHECK(values(c, "http.method") == Texts{"GET"});
  CHECK(values(c, "http.path") == Texts{"/admin/x"});
  CHECK(values(c, "http.host") == Texts{"app.internal"});
  CHECK(values(c, "http.query.q") == Texts{"a b", "2"});
}

TEST_CASE("what a target could read in two ways is a fact of its own") {
  CHECK(values(command_of("GET /a%2fb", ""), "http.ambiguous") == Texts{"encoded_slash"});
  CHECK(values(command_of("GET /a//b", ""), "http.ambiguous") == Texts{"empty_segment"});
  CHECK(values(command_of("GET /a", ""), "http.ambiguous").empty());
}

TEST_CASE("header names are lower case and every value stands once") {
  const Command c = command_of("GET /", "X-Team: a\r\nx-team: b\r\n");
  CHECK(values(c, "http.header.x-team") == Texts{"a", "b"});
}

TEST_CASE("credentials and cookies are no facts") {
  const Command c = command_of(
      "GET /",
      "Authorization: Bearer SECRET\r\nProxy-Authorization: x SECRET\r\nCookie: s=SECRET\r\n");
  for (const Attribute& a : c.attributes) CHECK(a.value.find("SECRET") == std::string::npos);
  CHECK(c.text.find("SECRET") == std::string::npos);
}

TEST_CASE("the host of absolute-form is the host, and has to agree with Host") {
  const Command c = command_of("GET http://app.internal:80/x", "");
  CHECK(values(c, "http.host") == Texts{"app.internal"});
  CHECK(c.text == "GET /x");
  CHECK(commands_from_raw("GET http://evil.test/x HTTP/1.1\r\nHost: app.internal\r\n\r\n")
            .parse_error);
}

TEST_CASE("each request of raw bytes is a command, with its content read over") {
  RawCommands raw = commands_from_raw(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
      "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
      "GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(raw.commands.size() == 3);
  CHECK(raw.commands[0].text == "POST /a");
  CHECK(raw.commands[1].text == "PUT /b");
  CHECK(raw.commands[2].text == "GET /c");
}

TEST_CASE("raw bytes that are not whole well-formed requests are a parse error") {
  for (const std::string bytes :
       {"", "GET / HTTP/1.1\r\nHost: h\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: "
        "chunked\r\n\r\n{}"}) {
    RawCommands raw = commands_from_raw(bytes);
    INFO(bytes);
    CHECK(raw.parse_error);
    CHECK(raw.commands.empty());
  }
}

TEST_CASE("a field that is not forwarded is no fact") {
  const Command c = command_of("GET /a",
                               "X-Tenant: a\r\nConnection: x-tenant\r\n"
                               "X-Forwarded-For: 10.0.0.1\r\n");
  CHECK(values(c, "http.header.x-tenant").empty());
  CHECK(values(c, "http.header.x-forwarded-for").empty());
  CHECK(values(c, "http.header.connection").empty());
}

TEST_CASE("Connection does not take a method override away, so it counts") {
  const Command c = command_of("POST /a",
                               "X-HTTP-Method-Override: DELETE\r\n"
                               "Connection: x-http-method-override\r\n");
  CHECK(c.actions == ActionSet{Action::kWrite, Action::kDelete});
}

TEST_CASE("a path with escapes left in it is judged as it is and decoded") {
  CHECK(values(command_of("GET /x%3Aclose", ""), "http.path") == Texts{"/x%3Aclose", "/x:close"});
  CHECK(values(command_of("GET /x", ""), "http.path") == Texts{"/x"});
}

}  // namespace sallyport::http
