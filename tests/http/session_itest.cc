// The road of HTTP over real sockets: who is let on it, what reaches the target, and what is kept.
#include <catch2/catch.hpp>

#include "tests/http/broker.h"

namespace sallyport::http::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

Decision deny_writes(const Command& command) {
  if (command.actions.within({Action::kRead})) return {Verdict::kAllow, "reads", "", "", {}};
  return {Verdict::kDeny, "no-writes", "Reads only.", "", {}};
}

}  // namespace

TEST_CASE(
    "an allowed request reaches the target with the broker's credential and not the agent's") {
  Broker::Options options;
  options.target_yaml = "credential: {header: Authorization, value: \"Bearer file:crm.secret\"}";
  options.base_path = "/base";
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a/../v1/%6frders?q=1",
                            "Connection: X-Private, keep-alive\r\nX-Private: 1\r\n"
                            "Sallyport-Session: forged\r\nX-Forwarded-For: 6.6.6.6\r\n"));
  Wire target = broker.target.accept();
  const std::string seen = target.until("\r\n\r\n");
  target.send(kHello);
  const Answer answer = agent.answer();
  INFO(seen);
  CHECK(seen.starts_with("GET /base/v1/orders?q=1 HTTP/1.1\r\n"));
  CHECK(count(seen, "Authorization:") == 1);
  CHECK(has(seen, "Authorization: Bearer the-target-secret\r\n"));
  CHECK(has(seen, "Host: 127.0.0.1:" + std::to_string(broker.target.port()) + "\r\n"));
  for (const std::string gone : {"X-Private", "forged", "6.6.6.6", "Connection:"})
    CHECK_FALSE(has(seen, gone));
  CHECK(answer.head.status == 200);
  CHECK(answer.content == "hello");
  CHECK(answer.field("Sallyport-Session").size() == 36);

  const Outcome outcome = broker.outcome();
  CHECK(outcome.completion == Completion::kComplete);
  CHECK(outcome.status == "200");
  CHECK(outcome.bytes_out == 5);
  const auto intents = broker.recorder.of_kind("intent");
  REQUIRE(intents.size() == 1);
  CHECK(intents[0].command.text == "GET /v1/orders?q=1");
  const std::string kept = broker.recorder.bytes(intents[0].seq, "request.head");
  CHECK(has(kept, "GET /v1/orders?q=1 HTTP/1.1\r\n"));
  CHECK(has(kept, "Authorization: [redacted]\r\n"));
  CHECK(broker.recorder.bytes(intents[0].seq, "response.body") == "hello");
  CHECK_FALSE(broker.recorder.contains("the-target-secret"));
  CHECK_FALSE(broker.recorder.contains(broker.authorization().substr(22, 40)));
}

TEST_CASE("no permit, no upstream byte: a denied request opens no connection to the target") {
  Broker::Options options;
  options.decide = deny_writes;
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("DELETE /crm/orders/7"));
  const Answer answer = agent.answer();
  CHECK(answer.head.status == 403);
  CHECK(answer.field("Content-Type") == "application/problem+json");
  for (const std::string part : {"\"status\":403", "\"code\":\"denied\"", "\"rule\":\"no-writes\"",
                                 "\"reason\":\"Reads only.\"", "\"event\":"})
    CHECK(has(answer.content, part));
  CHECK_FALSE(broker.target.waiting());
  // The connection goes on.
  agent.send(broker.request("GET /crm/orders/7"));
  Wire target = broker.target.accept();
  CHECK(target.until("\r\n\r\n").starts_with("GET /orders/7 HTTP/1.1\r\n"));
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
}

TEST_CASE("no permit, no upstream byte: with the store down every request is 503") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
  broker.outcome();
  broker.recorder.fail(true);
  agent.send(broker.request("GET /crm/b"));
  const Answer answer = agent.answer();
  CHECK(answer.head.status == 503);
  CHECK(has(answer.content, "\"code\":\"not_recorded\""));
  CHECK_FALSE(broker.target.waiting());
  broker.recorder.fail(false);
  agent.send(broker.request("GET /crm/c"));
  CHECK(target.until("\r\n\r\n").starts_with("GET /c HTTP/1.1\r\n"));
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
}

TEST_CASE("an intent that is not durable yet holds the request back") {
  Broker broker;
  broker.recorder.hold(true);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  while (broker.recorder.of_kind("intent").empty()) {
  }
  CHECK_FALSE(broker.target.waiting());
  broker.recorder.hold(false);
  broker.recorder.release();
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
}

TEST_CASE("overlapped durability sends a read at once and holds the answer back") {
  Broker::Options options;
  options.audit.durability = Durability::kOverlapped;
  Broker broker(options);
  broker.recorder.hold(true);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  target.send(kHello);
  CHECK(broker.recorder.of_kind("outcome").empty());
  broker.recorder.hold(false);
  broker.recorder.release();
  CHECK(agent.answer().content == "hello");
}

TEST_CASE("overlapped durability holds the broker's own answer back as well") {
  Broker::Options options;
  options.audit.durability = Durability::kOverlapped;
  Broker broker(options);
  broker.recorder.hold(true);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  {
    Wire target = broker.target.accept();
    target.until("\r\n\r\n");
  }
  broker.recorder.fail(true);
  broker.recorder.release();
  CHECK(agent.answer().head.status == 503);
}

TEST_CASE("without a valid token there is a 401 that does not say why, and a record that does") {
  Broker broker;
  const std::string good = broker.authorization();
  const std::vector<std::string> attempts = {"", "Authorization: Basic eDp5\r\n",
                                             "Authorization: Bearer x.y.z\r\n", good + good};
  for (const std::string& fields : attempts) {
    Wire agent = broker.connect();
    agent.send("GET /crm/a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    const Answer answer = agent.answer();
    CHECK(answer.head.status == 401);
    CHECK(answer.field("WWW-Authenticate").starts_with("Bearer realm=\"sallyport\""));
  }
  const auto logins = broker.recorder.of_kind("login");
  REQUIRE(logins.size() == 4);
  for (const auto& record : logins) {
    CHECK_FALSE(record.login.accepted);
    CHECK_FALSE(record.login.reason.empty());
  }
  CHECK(broker.recorder.of_kind("open").empty());
  CHECK_FALSE(broker.target.waiting());
}

TEST_CASE("an unknown target and one without a role get the same answer") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /nowhere/a"));
  const Answer unknown = agent.answer();
  agent.send("GET /crm/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
             broker.token("x", {"strangers"}) + "\r\n\r\n");
  const Answer roleless = agent.answer();
  CHECK(unknown.head.status == 403);
  CHECK(roleless.head.status == 403);
  CHECK(unknown.content == roleless.content);
  CHECK(broker.recorder.of_kind("event").size() == 2);
  CHECK_FALSE(broker.target.waiting());
}

TEST_CASE("requests of one identity share a session over connections, and its login is kept once") {
  Broker broker;
  Wire target;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    Wire agent = broker.connect();
    agent.send(broker.request("GET /crm/a"));
    if (i == 0) target = broker.target.accept();
    target.until("\r\n\r\n");
    target.send(kHello);
    ids.push_back(agent.answer().field("Sallyport-Session"));
  }
  CHECK(ids[0] == ids[1]);
  CHECK(ids[1] == ids[2]);
  CHECK(broker.recorder.of_kind("open").size() == 1);
  CHECK(broker.recorder.of_kind("login").size() == 1);
  Wire agent = broker.connect();
  agent.send("GET /crm/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + broker.token("other") +
             "\r\n\r\n");
  target.until("\r\n\r\n");
  target.send(kHello);
  CHECK(agent.answer().field("Sallyport-Session") != ids[0]);
}

TEST_CASE("a killed session ends its exchange under way, and the next request opens another") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/slow"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  agent.until("hello");
  const auto live = broker.sessions().live();
  REQUIRE(live.size() == 1);
  CHECK(broker.sessions().end(live[0]->id(), "killed"));
  CHECK_FALSE(has(agent.rest(), "0\r\n\r\n"));
  CHECK(target.ended());
  const Outcome outcome = broker.outcome();
  CHECK(outcome.completion == Completion::kAborted);
  CHECK(has(outcome.detail, "killed"));

  Wire again = broker.connect();
  again.send(broker.request("GET /crm/a"));
  Wire fresh = broker.target.accept();
  fresh.until("\r\n\r\n");
  fresh.send(kHello);
  CHECK(again.answer().head.status == 200);
  CHECK(broker.recorder.of_kind("open").size() == 2);
}

TEST_CASE("a drain closes idle connections and lets busy ones finish") {
  Broker broker;
  Wire idle = broker.connect();
  Wire busy = broker.connect();
  idle.send(broker.request("GET /crm/a"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  target.send(kHello);
  idle.answer();
  busy.send(broker.request("GET /crm/b"));
  target.until("\r\n\r\n");
  broker.service().drain();
  CHECK(idle.ended());
  target.send(kHello);
  const Answer answer = busy.answer();
  CHECK(answer.content == "hello");
  CHECK(answer.field("Connection") == "close");
  CHECK(busy.ended());
}

TEST_CASE("the host selects the target under the base domain") {
  Broker::Options options;
  options.base_domain = "broker.test";
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send("GET /v1/a HTTP/1.1\r\nHost: crm.broker.test\r\n" + broker.authorization() + "\r\n");
  Wire target = broker.target.accept();
  CHECK(target.until("\r\n\r\n").starts_with("GET /v1/a HTTP/1.1\r\n"));
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
}

TEST_CASE("an injected query parameter is in no record and no answer") {
  Broker::Options options;
  options.target_yaml = "credential: {query: api_key, value: \"file:crm.secret\"}";
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a?x=1&api_key=mine"));
  Wire target = broker.target.accept();
  CHECK(target.until("\r\n\r\n").starts_with("GET /a?x=1&api_key=the-target-secret HTTP/1.1\r\n"));
  target.send(
      "HTTP/1.1 302 Found\r\nLocation: /a/?api_key=the-target-secret\r\nContent-Length: 0\r\n\r\n");
  const Answer answer = agent.answer();
  CHECK(answer.head.status == 302);
  CHECK_FALSE(has(answer.head_bytes, "the-target-secret"));
  broker.outcome();
  CHECK_FALSE(broker.recorder.contains("the-target-secret"));
}

TEST_CASE("what is recorded of payloads follows the target's setting") {
  for (const RecordPayloads kept :
       {RecordPayloads::kFull, RecordPayloads::kHead, RecordPayloads::kNone}) {
    Broker::Options options;
    options.audit.record_payloads = kept;
    Broker broker(options);
    Wire agent = broker.connect();
    agent.send(broker.request("POST /crm/a", "Content-Length: 3\r\n", "abc"));
    Wire target = broker.target.accept();
    CHECK(target.until("abc").ends_with("\r\n\r\nabc"));
    target.send(kHello);
    agent.answer();
    broker.outcome();
    const CommandSeq seq = broker.recorder.of_kind("intent").at(0).seq;
    const bool heads = kept != RecordPayloads::kNone;
    const bool bodies = kept == RecordPayloads::kFull;
    CHECK(broker.recorder.bytes(seq, "request.head").empty() != heads);
    CHECK(broker.recorder.bytes(seq, "response.head").empty() != heads);
    CHECK((broker.recorder.bytes(seq, "request.body") == "abc") == bodies);
    CHECK((broker.recorder.bytes(seq, "response.body") == "hello") == bodies);
  }
}

}  // namespace sallyport::http::test
