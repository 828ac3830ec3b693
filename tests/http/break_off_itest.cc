// Everything that can break off half-way, on either side, over real sockets.
#include <catch2/catch.hpp>

#include "tests/http/broker.h"

namespace sallyport::http::test {

TEST_CASE("a target that breaks off leaves the agent's answer visibly cut") {
  for (const std::string head :
       {"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "Content-Length: 10\r\n\r\nhello"}) {
    Broker broker;
    Wire agent = broker.connect();
    agent.send(broker.request("GET /crm/a"));
    Wire target = accepted(broker);
    target.send("HTTP/1.1 200 OK\r\n" + head);
    target.close();
    const Answer answer = agent.answer();
    CHECK_FALSE(answer.whole);
    CHECK(answer.content == "hello");
    const Outcome outcome = broker.outcome();
    CHECK(outcome.completion == Completion::kFailed);
    CHECK(outcome.status == "200");
  }
}

TEST_CASE("an agent that leaves during the answer ends the target's side, and is recorded") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = accepted(broker);
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  agent.until("hello");
  agent.reset();
  const std::string chunk = "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
  while (target.try_send(chunk)) {
  }
  CHECK(broker.outcome().completion == Completion::kAborted);
}

TEST_CASE("an agent that leaves while the target thinks ends the target's side, and is recorded") {
  for (const bool by_reset : {true, false}) {
    Broker::Options options;
    options.timeouts.half_close_grace = std::chrono::milliseconds(1);
    Broker broker(options);
    Wire agent = broker.connect();
    agent.send(broker.request("GET /crm/a"));
    Wire target = accepted(broker);
    if (by_reset) {
      agent.reset();
    } else {
      agent.close();
    }
    CHECK(target.ended());
    const Outcome outcome = broker.outcome();
    CHECK(outcome.completion == Completion::kAborted);
    CHECK(outcome.detail == "the agent went away");
  }
}

TEST_CASE("an agent that leaves in the middle of its content ends the target's side") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Content-Length: 10\r\n", "half"));
  Wire target = accepted(broker);
  CHECK(target.exactly(4) == "half");
  agent.close();
  CHECK(target.ended());
  CHECK(broker.outcome().completion == Completion::kAborted);
}

TEST_CASE("an agent that only ended its sending side gets its answer") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Content-Length: 3\r\n", "abc"));
  agent.half_close();
  Wire target = accepted(broker);
  target.send(kHello);
  CHECK(agent.answer().content == "hello");
}

TEST_CASE("a head that does not end in time is 408") {
  Broker::Options options;
  options.timeouts.head = std::chrono::milliseconds(50);
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send("GET /crm/a HTTP/1.1\r\nHost:");
  CHECK(agent.answer().head.status == 408);
  CHECK(agent.ended());
}

TEST_CASE("content that stops coming is 408, and the target's side ends") {
  Broker::Options options;
  options.timeouts.body_silence = std::chrono::milliseconds(50);
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Content-Length: 10\r\n", "half"));
  Wire target = accepted(broker);
  CHECK(agent.answer().head.status == 408);
  CHECK(target.rest() == "half");
  CHECK(broker.outcome().completion == Completion::kAborted);
}

TEST_CASE("an idle connection is closed without a word") {
  Broker::Options options;
  options.timeouts.first_byte = std::chrono::milliseconds(20);
  Broker broker(options);
  CHECK(broker.connect().ended());
}

TEST_CASE("bytes that are no unambiguous request are refused and the connection closes") {
  Broker broker;
  const std::string token = broker.authorization();
  const std::vector<std::pair<int, std::string>> cases = {
      {400, "GET /crm/a HTTP/1.1\r\n\r\n"},
      {400, "GET /crm/a HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n"},
      {400, "POST /crm/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {400, "GET http://evil.test/crm/a HTTP/1.1\r\nHost: h\r\n" + token + "\r\n"},
      {414, "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {431, "GET /crm/a HTTP/1.1\r\nHost: h\r\nX: " + std::string(60'000, 'a') + "\r\n\r\n"},
  };
  for (const auto& [status, bytes] : cases) {
    Wire agent = broker.connect();
    agent.send(bytes + "GET /crm/b HTTP/1.1\r\nHost: h\r\n" + token + "\r\n");
    CHECK(agent.answer().head.status == status);
    CHECK(agent.ended());
  }
  CHECK_FALSE(broker.target.waiting());
}

TEST_CASE("broken chunks end the exchange, whatever follows them") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"));
  Wire target = accepted(broker);
  target.until("hello\r\n");
  agent.send("zz\r\nGET /crm/b HTTP/1.1\r\n\r\n");
  CHECK(agent.answer().head.status == 400);
  CHECK(agent.ended());
  CHECK(target.ended());
  CHECK(broker.outcome().completion == Completion::kAborted);
}

TEST_CASE("a target that is down, silent or no HTTP server is told apart by the status") {
  Broker::Options options;
  options.target_yaml = "timeouts: {response: 50ms}";
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/silent"));
  Wire silent = accepted(broker);
  CHECK(agent.answer().head.status == 504);
  agent.send(broker.request("GET /crm/other"));
  Wire other = accepted(broker);
  other.send("SSH-2.0-x\r\n\r\n");
  const Answer answer = agent.answer();
  CHECK(answer.head.status == 502);
  CHECK(answer.content.find("127.0.0.1") == std::string::npos);
  agent.send(broker.request("GET /crm/switched"));
  Wire switched = accepted(broker);
  switched.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
  CHECK(agent.answer().head.status == 502);
  for (std::size_t i = 0; i < 3; ++i) CHECK(broker.outcome(i).completion == Completion::kFailed);
}

TEST_CASE("a store that fails in the middle of an answer cuts it") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = accepted(broker);
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  agent.until("hello");
  broker.recorder.fail(true);
  target.send("5\r\nworld\r\n0\r\n\r\n");
  CHECK(agent.rest().find("world") == std::string::npos);
}

}  // namespace sallyport::http::test
