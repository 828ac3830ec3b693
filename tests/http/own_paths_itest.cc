// The broker's own paths: the token exchange and the way to it.
#include <catch2/catch.hpp>

#include "tests/http/broker.h"

namespace sallyport::http::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string form(const Broker& broker, const std::string& more = "") {
  return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=" +
         broker.token() + "&subject_token_type=urn:ietf:params:oauth:token-type:jwt" + more;
}

Answer post(const Broker& broker, const std::string& body, const std::string& fields = "",
            const std::string& path = "/v1/token") {
  Wire client = broker.connect();
  client.send("POST " + path + " HTTP/1.1\r\nHost: broker.test:8080\r\n" +
              (fields.empty() ? "Content-Type: application/x-www-form-urlencoded\r\n" : fields) +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.answer();
}

Answer get(const Broker& broker, const std::string& path, const std::string& fields = "",
           const std::string& host = "broker.test:8080") {
  Wire client = broker.connect();
  client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
  return client.answer();
}

// The value of a text member of a flat JSON object.
std::string member(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

std::vector<std::string> events(const Broker& broker) {
  std::vector<std::string> out;
  for (const auto& record : broker.recorder.of_kind("event")) out.push_back(record.event.type);
  return out;
}

}  // namespace

TEST_CASE("a token becomes a ticket, which is good for one request") {
  Broker broker;
  const Answer answer = post(broker, form(broker, "&audience=crm"));
  INFO(answer.content);
  REQUIRE(answer.head.status == 200);
  CHECK(answer.field("Cache-Control") == "no-store");
  CHECK(answer.field("Content-Type") == "application/json");
  CHECK(member(answer.content, "issued_token_type") == "urn:sallyport:token-type:ticket");
  CHECK(member(answer.content, "token_type") == "Bearer");
  CHECK(has(answer.content, "\"expires_in\":"));
  const std::string ticket = member(answer.content, "access_token");
  Wire agent = broker.connect();
  const std::string fields = "Authorization: Bearer " + ticket + "\r\n";
  agent.send("GET /crm/a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
  Wire target = accepted(broker);
  target.send(kHello);
  CHECK(agent.answer().content == "hello");
  CHECK(get(broker, "/crm/a", fields).head.status == 401);
  CHECK(events(broker) ==
        std::vector<std::string>{"ticket.issued", "ticket.redeemed", "authz.resolved"});
  CHECK(broker.recorder.of_kind("open")[0].opened.principal.auth_method == "ticket");
  CHECK_FALSE(broker.recorder.contains(ticket));
  CHECK_FALSE(broker.recorder.contains(broker.token().substr(0, 20)));
}

TEST_CASE("a key becomes a certificate") {
  Broker broker;
  const Answer answer =
      post(broker, form(broker, std::string("&ssh_public_key=") +
                                    "ssh-ed25519+AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8Q"
                                    "ERITFBUWFxgZGhscHR4f+me%0A&resource=http://broker.test:8080/"
                                    "crm"));
  INFO(answer.content);
  REQUIRE(answer.head.status == 200);
  CHECK(has(member(answer.content, "access_token"), "ssh-ed25519-cert-v01@openssh.com AAAA"));
  CHECK(member(answer.content, "token_type") == "N_A");
  CHECK(events(broker) == std::vector<std::string>{"certificate.issued"});
}

TEST_CASE("what cannot be given is refused in OAuth's words, and is recorded") {
  Broker broker;
  const auto error = [&](const std::string& body) {
    const Answer answer = post(broker, body);
    CHECK(answer.head.status == 400);
    CHECK(answer.field("Cache-Control") == "no-store");
    return member(answer.content, "error") + ": " + member(answer.content, "error_description");
  };
  const std::string none =
      "invalid_target: There is no such target, or no role of this identity opens it.";
  CHECK(error(form(broker, "&audience=nowhere")) == none);
  CHECK(error(form(broker, "&audience=https://evil.example.com/crm")) == none);
  const std::string stranger =
      "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=" +
      broker.token("x", {"strangers"}) + "&subject_token_type=urn:ietf:params:oauth:token-type:jwt";
  CHECK(error(stranger + "&audience=crm") == none);
  CHECK(error(stranger) == none);
  CHECK(events(broker) == std::vector<std::string>(4, "exchange.refused"));
  CHECK(error("grant_type=password") ==
        "unsupported_grant_type: grant_type is urn:ietf:params:oauth:grant-type:token-exchange.");
  const std::string bad =
      "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=x.y.z"
      "&subject_token_type=urn:ietf:params:oauth:token-type:jwt";
  CHECK(error(bad) == "invalid_request: The subject_token is not accepted.");
  const auto logins = broker.recorder.of_kind("login");
  CHECK_FALSE(logins.back().login.accepted);
  CHECK(logins.back().login.protocol == "token");
  // A ticket is not exchanged again.
  const std::string ticket = member(post(broker, form(broker)).content, "access_token");
  CHECK(error("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=" + ticket +
              "&subject_token_type=urn:ietf:params:oauth:token-type:jwt") ==
        "invalid_request: The subject_token is not accepted.");
}

TEST_CASE("nothing is given that is not recorded") {
  Broker broker;
  broker.recorder.fail(true);
  const Answer answer = post(broker, form(broker));
  CHECK(answer.head.status == 503);
  CHECK_FALSE(has(answer.content, "spt_"));
}

TEST_CASE("the broker's own paths take what they are made for and nothing else") {
  Broker broker;
  const Answer wrong = get(broker, "/v1/token");
  CHECK(wrong.head.status == 405);
  CHECK(wrong.field("Allow") == "POST");
  CHECK(get(broker, "/v1/other").head.status == 404);
  CHECK(get(broker, "/v1").head.status == 404);
  CHECK(get(broker, "/.well-known/other").head.status == 404);
  CHECK(post(broker, "x", "", "/.well-known/oauth-protected-resource").field("Allow") ==
        "GET, HEAD");
  CHECK(post(broker, "{}", "Content-Type: application/json\r\n").head.status == 400);
  CHECK(post(broker, std::string(65 * 1024, 'a')).head.status == 413);
  CHECK(broker.recorder.of_kind("open").empty());
}

TEST_CASE("clients find their way to the issuers, and learn no target's name on it") {
  Broker broker;
  const std::string path = "/.well-known/oauth-protected-resource";
  const Answer own = get(broker, path);
  CHECK(own.head.status == 200);
  CHECK(own.content ==
        "{\"resource\":\"http://broker.test:8080\","
        "\"authorization_servers\":[\"https://dev.sallyport.test\"],"
        "\"bearer_methods_supported\":[\"header\"],\"resource_name\":\"Sallyport\"}\n");
  CHECK(has(get(broker, path + "/crm").content, "\"resource\":\"http://broker.test:8080/crm\""));
  CHECK(get(broker, path + "/nowhere").head.status == 200);
  const std::string metadata = "http://broker.test:8080" + path;
  // RFC 6750 §3: no error without a credential, and one with a bad one.
  CHECK(get(broker, "/crm/a").field("WWW-Authenticate") ==
        "Bearer realm=\"sallyport\", resource_metadata=\"" + metadata + "/crm\"");
  CHECK(get(broker, "/crm/a", "Authorization: Bearer x.y.z\r\n").field("WWW-Authenticate") ==
        "Bearer realm=\"sallyport\", error=\"invalid_token\", resource_metadata=\"" + metadata +
            "/crm\"");
}

TEST_CASE("with a base domain each target's host has metadata of its own") {
  Broker::Options options;
  options.base_domain = "b.test";
  Broker broker(options);
  const std::string path = "/.well-known/oauth-protected-resource";
  CHECK(has(get(broker, path, "", "crm.b.test").content, "\"resource\":\"http://crm.b.test\""));
  CHECK(get(broker, "/a", "", "crm.b.test").field("WWW-Authenticate") ==
        "Bearer realm=\"sallyport\", resource_metadata=\"http://crm.b.test" + path + "\"");
  CHECK(get(broker, "/v1/token", "", "b.test").head.status == 405);
  CHECK(get(broker, "/v1/token", "", "crm.b.test").head.status == 401);  // the target's own path
  CHECK(post(broker, form(broker, "&resource=http://crm.b.test/x")).head.status == 200);
}

}  // namespace sallyport::http::test
