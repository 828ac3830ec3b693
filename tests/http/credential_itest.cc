// The target's credential on the road: which value goes out, and what is on record before it does.
#include <catch2/catch.hpp>

#include "tests/http/broker.h"

namespace sallyport::http::test {
namespace {

Broker::Options with_credential(const std::string& reference) {
  Broker::Options options;
  options.target_yaml = "credential: {header: X-Key, value: \"Bearer " + reference + "\"}";
  return options;
}

std::vector<Event> injected(const Broker& broker) {
  std::vector<Event> out;
  for (const auto& entry : broker.recorder.of_kind("event"))
    if (entry.event.type == "cred.injected") out.push_back(entry.event);
  return out;
}

std::string field_of(const Event& event, const std::string& name) {
  for (const auto& [key, value] : event.fields)
    if (key == name) return value;
  return {};
}

// One request to its end; the head that reached the target.
std::string pass(Broker& broker, Wire& agent) {
  agent.send(broker.request("GET /crm/a"));
  Wire target = broker.target.accept();
  std::string head = target.until("\r\n\r\n");
  target.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(agent.answer().content == "hello");
  return head;
}

TEST_CASE("a new version of a sealed secret goes out with the next request") {
  Broker broker(with_credential("secret:crm"));
  broker.vault.set("crm", "first-value");
  Wire agent = broker.connect();
  CHECK(pass(broker, agent).find("X-Key: Bearer first-value\r\n") != std::string::npos);
  CHECK(pass(broker, agent).find("X-Key: Bearer first-value\r\n") != std::string::npos);
  broker.vault.set("crm", "second-value");
  CHECK(pass(broker, agent).find("X-Key: Bearer second-value\r\n") != std::string::npos);
  const auto events = injected(broker);
  REQUIRE(events.size() == 2);
  CHECK(field_of(events[0], "reference") == "secret:crm");
  CHECK(field_of(events[0], "target") == "crm");
  CHECK(field_of(events[0], "version") == "1");
  CHECK(field_of(events[1], "version") == "2");
  CHECK(field_of(events[0], "session") == field_of(events[1], "session"));
  for (const Event& event : events)
    for (const auto& [key, value] : event.fields) CHECK(value.find("value") == std::string::npos);
}

TEST_CASE("without its secret a request is refused, nothing is sent, and no older value is used") {
  Broker broker(with_credential("secret:crm"));
  broker.vault.set("crm", "first-value");
  Wire agent = broker.connect();
  pass(broker, agent);
  broker.vault.remove("crm");
  agent.send(broker.request("GET /crm/a"));
  const Answer refused = agent.answer();
  CHECK(refused.head.status == 502);
  CHECK(refused.content.find("no usable credential") != std::string::npos);
  CHECK(refused.content.find("secret:crm") == std::string::npos);
  CHECK(broker.outcome(1).completion == Completion::kFailed);
  CHECK(broker.outcome(1).detail.find("secret:crm") != std::string::npos);
  CHECK(injected(broker).size() == 1);
  broker.vault.set("crm", "later-value");
  CHECK(pass(broker, agent).find("later-value") != std::string::npos);
}

TEST_CASE("a program that prints the secret is asked once for many requests") {
  Broker::Options options = with_credential("exec:/bin/echo from-a-program");
  Broker broker(options);
  Wire agent = broker.connect();
  CHECK(pass(broker, agent).find("X-Key: Bearer from-a-program\r\n") != std::string::npos);
  CHECK(pass(broker, agent).find("X-Key: Bearer from-a-program\r\n") != std::string::npos);
  const auto events = injected(broker);
  REQUIRE(events.size() == 1);
  CHECK(field_of(events[0], "reference") == "exec:/bin/echo from-a-program");
  CHECK(field_of(events[0], "version").empty());
}

TEST_CASE("a program that fails refuses the request") {
  Broker broker(with_credential("exec:/bin/false"));
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  CHECK(agent.answer().head.status == 502);
  CHECK(broker.outcome().detail.find("exec:/bin/false") != std::string::npos);
}

TEST_CASE("nothing goes out while the record of its credential cannot be written") {
  Broker broker(with_credential("secret:crm"));
  broker.vault.set("crm", "first-value");
  broker.recorder.fail_events(true);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  CHECK(agent.answer().head.status == 503);
  broker.recorder.fail_events(false);
  CHECK(pass(broker, agent).find("first-value") != std::string::npos);
  CHECK(injected(broker).size() == 1);
}

}  // namespace
}  // namespace sallyport::http::test
