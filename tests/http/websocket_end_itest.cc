// Every way in which a WebSocket can end, over real sockets.
#include <catch2/catch.hpp>

#include "tests/http/open_websocket.h"

namespace sallyport::http::test {

TEST_CASE("whoever breaks the protocol ends it for both, with the reason") {
  for (const bool agent : {true, false}) {
    Broker broker;
    Open open(broker);
    // Unmasked by the agent, masked by the target.
    if (agent) {
      open.agent.send(server_frame(Opcode::kText, "x"));
    } else {
      open.target.send(client_frame(Opcode::kText, "x"));
    }
    const std::string close =
        said(1002, agent ? "a client's frame is not masked" : "a server's frame is masked");
    CHECK(open.to_agent.next() == close);
    CHECK(open.to_target.next() == close);
    open.agent.send(client_close(1002));
    open.target.send(close_frame(1002));
    CHECK(open.agent.ended());
    CHECK(open.target.ended());
    const Outcome outcome = broker.outcome();
    CHECK(outcome.completion == (agent ? Completion::kAborted : Completion::kFailed));
    CHECK(has(outcome.detail, "masked"));
  }
}

TEST_CASE("a side that goes without a Close is told of to the other") {
  for (const bool agent : {true, false}) {
    Broker broker;
    Open open(broker);
    (agent ? open.agent : open.target).close();
    if (agent) {
      CHECK(open.to_target.next() == said(1001, "the agent went away"));
      open.target.send(close_frame(1001));
      CHECK(open.target.ended());
    } else {
      CHECK(open.to_agent.next() == said(1011, "the target went away"));
      open.agent.send(client_close(1011));
      CHECK(open.agent.ended());
    }
    const Outcome outcome = broker.outcome();
    CHECK(outcome.completion == (agent ? Completion::kAborted : Completion::kFailed));
    CHECK(outcome.status == "101");
  }
}

TEST_CASE("a target that ends its connection instead of answering a Close is answered for") {
  Broker broker;
  Open open(broker);
  open.agent.send(client_close(1000));
  CHECK(open.to_target.next() == said(1000));
  open.target.close();
  CHECK(open.to_agent.next() == said(1000));
  CHECK(open.agent.ended());
  CHECK(broker.outcome().completion == Completion::kComplete);
}

TEST_CASE("a WebSocket on which nothing is said is closed") {
  Broker::Options options;
  options.target_yaml = "timeouts: {websocket: 50ms}";
  Broker broker(options);
  Open open(broker);
  const std::string close = said(1001, "nothing was said on the WebSocket for too long");
  CHECK(open.to_agent.next() == close);
  CHECK(open.to_target.next() == close);
  open.agent.send(client_close(1001));
  open.target.send(close_frame(1001));
  CHECK(open.agent.ended());
  CHECK(broker.outcome().completion == Completion::kAborted);
}

TEST_CASE("the end of its session cuts a WebSocket at once, on both sides") {
  Broker broker;
  Open open(broker);
  open.target.send(server_frame(Opcode::kText, "x"));
  CHECK(open.to_agent.next() == "text x\n");
  REQUIRE(broker.sessions().end(broker.sessions().live()[0]->id(), "killed"));
  CHECK(open.agent.ended());
  CHECK(open.target.ended());
  const Outcome outcome = broker.outcome();
  CHECK(outcome.completion == Completion::kAborted);
  CHECK(has(outcome.detail, "killed"));
}

TEST_CASE("a drain tells both sides, and ends when they have answered") {
  Broker broker;
  Open open(broker);
  broker.service().drain();
  const std::string close = said(1001, "the broker is shutting down");
  CHECK(open.to_agent.next() == close);
  CHECK(open.to_target.next() == close);
  // What was on its way is not passed on any more.
  open.target.send(server_frame(Opcode::kText, "late") + close_frame(1001));
  open.agent.send(client_close(1001));
  CHECK(open.agent.ended());
  CHECK(open.target.ended());
  CHECK(broker.outcome().completion == Completion::kComplete);
}

TEST_CASE("with the store down nothing more passes") {
  Broker broker;
  Open open(broker);
  broker.recorder.fail(true);
  open.target.send(server_frame(Opcode::kText, "unseen"));
  CHECK(open.agent.ended());
  CHECK(open.target.ended());
}

}  // namespace sallyport::http::test
