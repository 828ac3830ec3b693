#include "protocols/http/target_settings.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "protocols/http/route.h"

namespace sallyport::http {
namespace {

struct Read {
  Target target;
  config::Problems problems;
  const HttpTarget& settings() const { return http_settings(target); }
};

Read read(const std::string& yaml) {
  Read out;
  auto node = config::Document::parse(yaml, "test.yaml", out.problems);
  REQUIRE(node);
  config::MapReader reader(*node, out.problems, "a target");
  read_http_target(reader, "/nowhere", out.target);
  reader.finish();
  return out;
}

std::string credential_of(const Read& target) {
  REQUIRE(target.target.credential);
  auto secret = target.target.credential->reference.resolve();
  REQUIRE(secret.ok());
  auto credential = make_credential(target.settings().credential, std::move(*secret));
  REQUIRE(credential.ok());
  const Credential& c = *credential;
  return (c.in_query ? "?" : "") + c.name + "=" + std::string(c.value.view());
}

}  // namespace

TEST_CASE("a target's url gives the endpoint, the Host toward it and the base path") {
  const Read https = read("url: https://crm.internal/base/");
  INFO(https.problems.to_string());
  CHECK(https.problems.empty());
  CHECK(https.target.endpoint.host == "crm.internal");
  CHECK(https.target.endpoint.port == 443);
  CHECK(https.target.endpoint.tls.mode == net::TlsMode::kVerifyFull);
  CHECK(https.settings().authority == "crm.internal");
  CHECK(https.settings().base_path == "/base");
  const Read http = read("url: http://[::1]:8080");
  CHECK(http.problems.empty());
  CHECK(http.target.endpoint.host == "::1");
  CHECK(http.target.endpoint.port == 8080);
  CHECK(http.target.endpoint.tls.mode == net::TlsMode::kOff);
  CHECK(http.settings().authority == "[::1]:8080");
  CHECK(http.settings().base_path.empty());
}

TEST_CASE("a url that says more or less than where the target is, is a problem") {
  for (const std::string url :
       {"crm.internal", "ftp://a", "http://", "http://a:0", "http://a:99999", "http://u:p@a/",
        "http://a/?q=1", "http://a/#f", "http://a/%zz", "http://a/b//c", "http://a b/"}) {
    INFO(url);
    CHECK_FALSE(read("url: \"" + url + "\"").problems.empty());
  }
}

TEST_CASE("tls has to fit the url, and is checked in full unless said otherwise") {
  CHECK(read("url: https://a\ntls: {mode: require}").target.endpoint.tls.mode ==
        net::TlsMode::kRequire);
  CHECK_FALSE(read("url: http://a\ntls: {mode: verify-full}").problems.empty());
  CHECK_FALSE(read("url: https://a\ntls: {mode: \"off\"}").problems.empty());
}

TEST_CASE("a credential goes into a field, Basic or the query") {
  ::setenv("SALLYPORT_TEST_SECRET", "s3cr3t/+", 1);
  const std::string ref = "env:SALLYPORT_TEST_SECRET";
  CHECK(credential_of(read("url: http://a\ncredential: {header: Authorization, value: \"Bearer " +
                           ref + "\"}")) == "Authorization=Bearer s3cr3t/+");
  CHECK(credential_of(read("url: http://a\ncredential: {query: key, value: \"" + ref + "\"}")) ==
        "?key=s3cr3t%2F%2B");
  const std::string basic = "Authorization=Basic YXBwOnMzY3IzdC8r";
  CHECK(credential_of(read("url: http://a\ncredential: {username: app, password: \"" + ref +
                           "\"}")) == basic);
  CHECK(credential_of(read("url: http://a\ncredential: {basic: {username: app, password: \"" + ref +
                           "\"}}")) == basic);
}

TEST_CASE("a credential that is incomplete, unknown or in a place of the broker's is a problem") {
  for (const std::string credential :
       {"{header: Authorization}", "{value: \"env:A\"}", "{}", "{header: Host, value: \"env:A\"}",
        "{header: \"a b\", value: \"env:A\"}", "{header: X, value: literal}",
        "{username: \"a:b\", password: \"env:A\"}", "{header: X, value: \"env:A\", query: y}"}) {
    INFO(credential);
    CHECK_FALSE(read("url: http://a\ncredential: " + credential).problems.empty());
  }
}

TEST_CASE("a secret that would forge a field is an error without its value") {
  for (const char* value : {"evil\r\nX-Forged: 1", "evil\n", "evil\x7f", ""}) {
    auto made = make_credential({CredentialPlace::kHeader, "X-Key"}, config::SecretBytes(value));
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().detail.find("evil") == std::string::npos);
  }
}

TEST_CASE("a target says which secret it is shown, and as what") {
  const Read header = read("url: http://a\ncredential: {header: X-Key, value: \"secret:crm\"}");
  REQUIRE(header.target.credential);
  CHECK(header.target.credential->reference.name() == "secret:crm");
  CHECK(header.target.credential->kind == "token");
  const Read basic = read("url: http://a\ncredential: {username: app, password: \"secret:db\"}");
  CHECK(basic.target.credential->kind == "password");
  CHECK_FALSE(read("url: http://a").target.credential);
  CHECK_FALSE(read("url: http://a\ncredential: {header: X-Key, value: \"secret:sallyport.ca\"}")
                  .problems.empty());
}

TEST_CASE("timeouts have defaults and are greater than zero") {
  CHECK(read("url: http://a").settings().timeouts.response == kResponseDeadline);
  CHECK(read("url: http://a\ntimeouts: {response: 5s}").settings().timeouts.response ==
        std::chrono::seconds(5));
  CHECK(read("url: http://a").settings().timeouts.websocket == kWebSocketSilence);
  CHECK_FALSE(read("url: http://a\ntimeouts: {idle: 0s}").problems.empty());
  CHECK_FALSE(read("url: http://a\ntimeouts: {websocket: 0s}").problems.empty());
  CHECK_FALSE(read("url: http://a\ntimeouts: {idel: 1s}").problems.empty());
}

TEST_CASE("the path or the host names the target") {
  RequestHead head;
  head.fields.add("Host", "CRM.broker.example.com:8080");
  RequestTarget target;
  target.path = "/crm/v1/x";
  const Route by_path = find_route(head, target, "");
  CHECK(by_path.target == "crm");
  CHECK(by_path.prefix == "/crm");
  CHECK(by_path.path == "/v1/x");
  const Route by_host = find_route(head, target, "broker.example.com");
  CHECK(by_host.target == "crm");
  CHECK(by_host.prefix.empty());
  CHECK(by_host.path == "/crm/v1/x");
  head.fields.set("Host", "broker.example.com");
  CHECK(find_route(head, target, "broker.example.com").prefix == "/crm");
  head.fields.set("Host", "evilbroker.example.com");
  CHECK(find_route(head, target, "broker.example.com").prefix == "/crm");
  target.path = "/crm";
  CHECK(find_route(head, target, "").path == "/");
  target.path = "//x";
  CHECK(find_route(head, target, "").target.empty());
}

TEST_CASE("an injected query parameter replaces the agent's own, in whatever spelling") {
  Route route{"crm", "/crm", "/x"};
  RequestTarget target;
  target.has_query = true;
  target.query = "a=1&%6bey=mine&key&b=2";
  Credential credential;
  credential.in_query = true;
  credential.name = "key";
  credential.value = config::SecretBytes("ours");
  CHECK(upstream_target("/base", route, target, &credential) == "/base/x?a=1&b=2&key=ours");
  CHECK(upstream_target("/base", route, target, nullptr) == "/base/x?a=1&%6bey=mine&key&b=2");
  target.has_query = false;
  target.query.clear();
  CHECK(upstream_target("", route, target, &credential) == "/x?key=ours");
  CHECK(upstream_target("", route, target, nullptr) == "/x");
}

}  // namespace sallyport::http
