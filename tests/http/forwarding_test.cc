#include "protocols/http/forwarding.h"

#include <catch2/catch.hpp>

#include "protocols/http/decoder.h"
#include "protocols/http/rewriting.h"

using namespace sallyport::http;

namespace {

RequestContext request_context() {
  RequestContext context;
  context.client_address = "192.0.2.7";
  context.scheme = "https";
  context.host = "broker.example:8080";
  context.prefix = "/crm";
  context.target_host = "crm.internal";
  context.credential_names = {"X-Api-Key"};
  return context;
}

Fields forward(const std::string& lines, const RequestContext& context = request_context()) {
  HeadDecoder decoder;
  const Step<RequestHead> step =
      decoder.request("POST / HTTP/1.1\r\nHost: broker.example:8080\r\n" + lines + "\r\n");
  REQUIRE(step.done);
  return request_fields_for_target(step.done->message, context);
}

ResponseContext response_context() {
  ResponseContext context;
  context.target_scheme = "https";
  context.target_host = "crm.internal";
  context.base_path = "/base";
  context.scheme = "http";
  context.host = "broker.example:8080";
  context.prefix = "/crm";
  context.request_path = "/a/b";
  context.session = "0190-session";
  return context;
}

Fields answer(const std::string& lines, const std::string& status = "200 OK") {
  HeadDecoder decoder;
  const Step<ResponseHead> step =
      decoder.response("HTTP/1.1 " + status + "\r\n" + lines + "\r\n", "GET");
  REQUIRE(step.done);
  return response_fields_for_agent(step.done->message, response_context());
}

}  // namespace

TEST_CASE("what the agent says of itself, its credentials and its hop never pass") {
  const Fields out = forward(
      "Connection: keep-alive, X-Secret, Content-Type\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: "
      "trailers\r\n"
      "Trailer: x\r\nUpgrade: h2c\r\nProxy-Connection: x\r\nProxy-Authorization: "
      "x\r\nProxy-Authenticate: x\r\n"
      "Forwarded: for=1.1.1.1\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-User: root\r\nX-Real-IP: "
      "1\r\n"
      "True-Client-IP: 1\r\nProxy: http://evil\r\nX-Original-URL: /admin\r\nX-Rewrite-Url: "
      "/admin\r\n"
      "Authorization: Bearer agent\r\nX-API-Key: agent\r\nx_api_key: agent\r\nSallyport-Approval: "
      "x\r\n"
      "X-Broker-User: root\r\nContent-Length: 3\r\nHTTP2-Settings: x\r\n"
      "Content-Type: text/plain\r\nCookie: a=b\r\nAccept: */*\r\n");
  std::vector<std::string> names;
  for (const Field& field : out.list()) names.push_back(field.name);
  CHECK(names == std::vector<std::string>{"Host", "Content-Type", "Cookie", "Accept", "Forwarded",
                                          "X-Forwarded-For", "X-Forwarded-Host",
                                          "X-Forwarded-Proto", "X-Forwarded-Prefix", "Via"});
}

TEST_CASE("the broker says to the target who asked and how") {
  const Fields out = forward("Via: 1.0 fred\r\n");
  CHECK(*out.find("Host") == "crm.internal");
  CHECK(*out.find("Forwarded") == "for=192.0.2.7;host=\"broker.example:8080\";proto=https");
  CHECK(*out.find("X-Forwarded-For") == "192.0.2.7");
  CHECK(*out.find("X-Forwarded-Host") == "broker.example:8080");
  CHECK(*out.find("X-Forwarded-Proto") == "https");
  CHECK(*out.find("X-Forwarded-Prefix") == "/crm");
  CHECK(out.values("Via") == std::vector<std::string_view>{"1.0 fred", "1.1 sallyport"});

  RequestContext context = request_context();
  context.client_address = "2001:db8::1";
  context.host = "";
  context.prefix = "";
  const Fields v6 = forward("", context);
  CHECK(*v6.find("Forwarded") == "for=\"[2001:db8::1]\";proto=https");
  CHECK(*v6.find("X-Forwarded-For") == "2001:db8::1");
  CHECK(v6.find("X-Forwarded-Host") == nullptr);
  CHECK(v6.find("X-Forwarded-Prefix") == nullptr);
}

TEST_CASE("an agent cannot take away what the broker adds by listing it in Connection") {
  const Fields out = forward(
      "Connection: Host, Forwarded, X-Forwarded-For, Via, Content-Length, Cookie\r\nCookie: "
      "a=b\r\n");
  CHECK(*out.find("Host") == "crm.internal");
  CHECK(out.count("Forwarded") == 1);
  CHECK(out.count("X-Forwarded-For") == 1);
  CHECK(out.count("Via") == 1);
  CHECK(*out.find("Cookie") == "a=b");
}

TEST_CASE("names listed in Connection are removed unless they are for every recipient") {
  Fields fields;
  fields.add("Connection", "close, X-Tenant, Content-Type, Authorization, x-tenant");
  CHECK(listed_in_connection(fields) ==
        std::vector<std::string_view>{"close", "X-Tenant", "x-tenant"});
}

TEST_CASE("a response keeps what is for the agent and loses what is for one hop") {
  const Fields out = answer(
      "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTransfer-Encoding: "
      "chunked\r\nTrailer: Digest\r\n"
      "Upgrade: h2\r\nAlt-Svc: h3=\":443\"\r\nStrict-Transport-Security: "
      "max-age=1\r\nSallyport-Session: spoofed\r\n"
      "WWW-Authenticate: Basic realm=\"x\", Bearer\r\nContent-Type: a/b\r\nETag: \"x\"\r\nVia: 1.1 "
      "inner\r\n");
  CHECK(out.list() == std::vector<Field>{{"Trailer", "Digest"},
                                         {"WWW-Authenticate", "Basic realm=\"x\", Bearer"},
                                         {"Content-Type", "a/b"},
                                         {"ETag", "\"x\""},
                                         {"Via", "1.1 inner"},
                                         {"Via", "1.1 sallyport"},
                                         {"Sallyport-Session", "0190-session"}});
}

TEST_CASE("Content-Length stays only where it is information about content that is not there") {
  CHECK(answer("Content-Length: 3\r\n").find("Content-Length") == nullptr);
  CHECK(*answer("Content-Length: 3\r\n", "304 Not Modified").find("Content-Length") == "3");
  CHECK(answer("Content-Length: 0\r\n", "204 No Content").find("Content-Length") == nullptr);
}

TEST_CASE("a target's references to itself lead back through the broker") {
  const ResponseContext context = response_context();
  const auto rewritten = [&](std::string_view reference) {
    return rewrite_reference(reference, context);
  };
  CHECK(rewritten("https://crm.internal/base/x?y#z") == "/crm/x?y#z");
  CHECK(rewritten("HTTPS://CRM.internal:443/base") == "/crm");
  CHECK(rewritten("//crm.internal/base/x") == "/crm/x");
  CHECK(rewritten("/base/x") == "/crm/x");
  CHECK(rewritten("/base/../base/x") == "/crm/x");
  CHECK(rewritten("/base?x") == "/crm?x");
  // Outside of the base path the broker does not lead there.
  CHECK(rewritten("/other") == "https://crm.internal/other");
  CHECK(rewritten("/basement") == "https://crm.internal/basement");
  CHECK(rewritten("/base/../x") == "https://crm.internal/x");
  CHECK(rewritten("https://crm.internal") == "https://crm.internal/");
  // Others, and what is relative.
  for (const char* kept :
       {"https://elsewhere/base/x", "http://crm.internal/base/x", "https://crm.internal:8443/base",
        "x/y", "../x", "?q", "#f", "", "mailto:a@b", "https://u@crm.internal/base/x", "https://"}) {
    CHECK(rewritten(kept) == kept);
  }
  // Made from X-Forwarded-Host, with and without the prefix.
  CHECK(rewritten("http://broker.example:8080/crm/x") == "http://broker.example:8080/crm/x");
  CHECK(rewritten("http://broker.example:8080/base/x") == "/crm/x");
}

TEST_CASE("a rewritten reference cannot name another host") {
  ResponseContext context = response_context();
  context.prefix = "";
  CHECK(rewrite_reference("/base//evil.example/x", context) == "/.//evil.example/x");
  CHECK(rewrite_reference("https://crm.internal/base//evil.example", context) ==
        "/.//evil.example");
  CHECK(rewrite_reference("/base/\\evil.example", context) == "/./\\evil.example");
  CHECK(rewrite_reference("/base/x", context) == "/x");
  CHECK(rewrite_reference("/base", context) == "/");
}

TEST_CASE("links and refreshes are rewritten like Location") {
  const Fields out = answer(
      "Location: /base/new\r\nContent-Location: https://crm.internal/base/v2\r\n"
      "Link: <https://crm.internal/base/p?page=2>; rel=\"next\"; title=\"</base/a>\", <x>; rel=y, "
      "<broken\r\n"
      "Refresh: 5; url=\"/base/z\"\r\n");
  CHECK(*out.find("Location") == "/crm/new");
  CHECK(*out.find("Content-Location") == "/crm/v2");
  CHECK(*out.find("Link") ==
        "</crm/p?page=2>; rel=\"next\"; title=\"</base/a>\", <x>; rel=y, <broken");
  CHECK(*out.find("Refresh") == "5; url=/crm/z");
  CHECK(rewrite_refresh("5", response_context()) == "5");
}

TEST_CASE("a cookie stays with its target and comes back under the prefix") {
  const ResponseContext context = response_context();
  const auto rewritten = [&](std::string_view cookie) { return rewrite_cookie(cookie, context); };
  CHECK(rewritten("a=b; Path=/; HttpOnly") == "a=b; HttpOnly; Path=/crm");
  CHECK(rewritten("a=b; path=/base") == "a=b; Path=/crm");
  CHECK(rewritten("a=b; path=/base/") == "a=b; Path=/crm");
  CHECK(rewritten("a=b; Path=/base/x; Domain=crm.internal; Secure; SameSite=Lax") ==
        "a=b; SameSite=Lax; Path=/crm/x");
  CHECK(rewritten("a=b; Path=/other") == "a=b; Path=/crm/other");
  CHECK(rewritten("a=b") == "a=b; Path=/crm/a");
  CHECK(rewritten("a=b; Path=x;") == "a=b; Path=/crm/a");
  CHECK(rewritten("a=b; Path=/; Path=/base/x") == "a=b; Path=/crm/x");

  ResponseContext root = context;
  root.request_path = "/";
  CHECK(rewrite_cookie("a=b", root) == "a=b; Path=/crm");
  ResponseContext host_mode = context;
  host_mode.prefix = "";
  host_mode.scheme = "https";
  CHECK(rewrite_cookie("a=b; Path=/base/x; Secure", host_mode) == "a=b; Secure; Path=/x");
  CHECK(rewrite_cookie("a=b; Path=/", host_mode) == "a=b; Path=/");
  CHECK(rewrite_cookie("a=b; Domain=x", host_mode) == "a=b");
}
