// WebSockets on the road, over real sockets: the handshake, messages both ways, and what is kept.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/http/open_websocket.h"
#include "tests/http/screens.h"

namespace sallyport::http::test {

TEST_CASE("a WebSocket opens with what the two ends need, and no extension") {
  Broker broker;
  Open open(broker,
            "Sec-WebSocket-Extensions: permessage-deflate\r\n"
            "Sec-WebSocket-Protocol: chat, superchat\r\n",
            "Sec-WebSocket-Protocol: chat\r\n");
  INFO(open.request);
  INFO(open.answer);
  CHECK(open.request.starts_with("GET /live?x=1 HTTP/1.1\r\n"));
  for (const std::string field :
       {"Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Protocol: chat, superchat\r\n"})
    CHECK(has(open.request, field));
  CHECK(has(open.request, kKeyField));
  CHECK_FALSE(has(open.request, "Extensions"));
  CHECK_FALSE(has(open.request, "Authorization"));
  CHECK(open.answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  for (const std::string field :
       {"Upgrade: websocket\r\n", "Connection: Upgrade\r\n",
        "Sallyport-Session: ", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        "Sec-WebSocket-Protocol: chat\r\n"})
    CHECK(has(open.answer, field));
  for (const std::string field : {"Content-Length", "Transfer-Encoding"})
    CHECK_FALSE(has(open.answer, field));
}

TEST_CASE("messages pass both ways, are recorded, and the Close of one side ends both") {
  Broker broker;
  Open open(broker);
  open.agent.send(client_frame(Opcode::kText, "hel", false) + client_frame(Opcode::kPing, "p"));
  CHECK(open.to_target.next() == "ping p\n");
  open.agent.send(client_frame(Opcode::kContinuation, "lo"));
  CHECK(open.to_target.next() == "text hello\n");
  open.target.send(server_frame(Opcode::kPong, "p") + server_frame(Opcode::kBinary, "\x01\xFF"));
  CHECK(open.to_agent.next() == "pong p\n");
  CHECK(open.to_agent.next() == "binary \x01\xFF\n");
  open.agent.send(client_close(1000));
  CHECK(open.to_target.next() == said(1000));
  // The other direction is still open.
  open.target.send(server_frame(Opcode::kText, "last words") + close_frame(1000, "bye"));
  CHECK(open.to_agent.next() == "text last words\n");
  CHECK(open.to_agent.next() == said(1000, "bye"));
  CHECK(open.agent.ended());
  CHECK(open.target.ended());

  const Outcome outcome = broker.outcome();
  CHECK(outcome.completion == Completion::kComplete);
  CHECK(outcome.status == "101");
  CHECK(outcome.bytes_in == 5);
  CHECK(outcome.bytes_out == 12);
  const CommandSeq seq = broker.recorder.of_kind("intent")[0].seq;
  CHECK(has(broker.recorder.bytes(seq, "response.head"), "HTTP/1.1 101 "));
  CHECK(broker.recorder.bytes(seq, "ws.in.head") == "text");
  CHECK(broker.recorder.bytes(seq, "ws.in.body") == "hello");
  CHECK(broker.recorder.bytes(seq, "ws.in.control") == "ping pclose 1000");
  CHECK(broker.recorder.bytes(seq, "ws.out.head") == "binarytext");
  CHECK(broker.recorder.bytes(seq, "ws.out.body") == "\x01\xFFlast words");
  CHECK(broker.recorder.bytes(seq, "ws.out.control") == "pong pclose 1000 bye");
}

TEST_CASE("the broker masks what it sends to the target with keys of its own") {
  Broker broker;
  Open open(broker);
  open.agent.send(client_frame(Opcode::kText, "same") + client_frame(Opcode::kText, "same"));
  const std::string first = open.target.exactly(10);
  const std::string second = open.target.exactly(10);
  CHECK(read_frames(Sender::kClient, first) == "text same\n");
  CHECK(read_frames(Sender::kClient, second) == "text same\n");
  CHECK(first.substr(2, 4) != second.substr(2, 4));
}

TEST_CASE("what is sent right behind the handshake is not lost") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/live", kAsk));
  Wire target = accepted(broker);
  target.send(kSwitch + "\r\n" + server_frame(Opcode::kText, "at once"));
  agent.until("\r\n\r\n");
  CHECK(Reading(agent, Sender::kServer).next() == "text at once\n");
}

TEST_CASE("an agent that does not read holds its own direction back, and no other") {
  Broker broker;
  Open open(broker);
  const std::string content(30u << 20, 'x');
  const std::string sent = server_frame(Opcode::kBinary, content) + close_frame(1000);
  std::thread sending([&] { open.target.try_send(sent); });
  open.agent.send(client_frame(Opcode::kText, "meanwhile"));
  CHECK(open.to_target.next() == "text meanwhile\n");
  open.agent.send(client_close(1000));
  const std::string got = open.agent.rest();
  sending.join();
  CHECK((read_frames(Sender::kServer, got) == "binary " + content + "\n" + said(1000)));
  CHECK(broker.outcome().completion == Completion::kComplete);
}

TEST_CASE("a handshake that is none is refused, and opens nothing") {
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  Broker broker;
  for (const auto& [line, fields] : std::vector<std::pair<std::string, std::string>>{
           {"POST /crm/live", kAsk},
           {"GET /crm/live", kAsk + "Transfer-Encoding: chunked\r\n"},
           {"GET /crm/live", upgrade + version},
           {"GET /crm/live", upgrade + kKeyField + "Sec-WebSocket-Version: 8\r\n"}}) {
    INFO(line + "\n" + fields);
    Wire agent = broker.connect();
    agent.send(broker.request(line, fields));
    const Answer answer = agent.answer();
    CHECK(answer.head.status == 400);
    CHECK(has(answer.content, "WebSocket"));
    CHECK(answer.field("Sec-WebSocket-Version") == (has(fields, ": 8\r\n") ? "13" : ""));
  }
  CHECK_FALSE(broker.target.waiting());
}

TEST_CASE("an upgrade to anything else is not made: the request is an ordinary one") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a", "Connection: Upgrade\r\nUpgrade: h2c\r\n"));
  Wire target = broker.target.accept();
  CHECK_FALSE(has(target.until("\r\n\r\n"), "pgrade"));
  target.send(kHello);
  CHECK(agent.answer().content == "hello");
}

TEST_CASE("a target that does not switch gives an ordinary answer") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/live", kAsk));
  Wire target = accepted(broker);
  target.send(kHello);
  CHECK(agent.answer().content == "hello");
  agent.send(broker.request("GET /crm/a"));
  CHECK(target.until("\r\n\r\n").starts_with("GET /a "));
}

TEST_CASE("a target's 101 that is not the answer is 502") {
  const std::string line = "HTTP/1.1 101 Switching Protocols\r\n";
  const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  Broker broker;
  for (const std::string& answer :
       {line + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        line + "Connection: Upgrade\r\nUpgrade: h2c\r\n" + accept + "\r\n",
        kSwitch + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        kSwitch + "Sec-WebSocket-Protocol: chat\r\n\r\n"}) {
    Wire agent = broker.connect();
    agent.send(broker.request("GET /crm/live", kAsk));
    Wire target = accepted(broker);
    target.send(answer);
    CHECK(agent.answer().head.status == 502);
    CHECK(target.ended());
  }
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = accepted(broker);
  target.send(kSwitch + "\r\n");
  CHECK(agent.answer().head.status == 502);
}

TEST_CASE("the kind of each message is kept where bodies are not") {
  Broker::Options options;
  options.audit.record_payloads = RecordPayloads::kHead;
  Broker broker(options);
  Open open(broker);
  open.agent.send(client_frame(Opcode::kText, "unkept") + client_close(1000));
  CHECK(open.to_target.next() == "text unkept\n");
  open.target.send(close_frame(1000));
  CHECK(open.to_agent.next() == said(1000));
  broker.outcome();
  const CommandSeq seq = broker.recorder.of_kind("intent")[0].seq;
  CHECK(broker.recorder.bytes(seq, "ws.in.head") == "text");
  CHECK(broker.recorder.bytes(seq, "ws.in.control") == "close");
  CHECK(broker.recorder.bytes(seq, "ws.in.body").empty());
}

TEST_CASE("text to the agent is masked and counted, text to the target is not") {
  Broker::Options options;
  options.masks.texts = masking();
  Broker broker(options);
  Open open(broker);
  open.agent.send(client_frame(Opcode::kText, "find bob@example.com"));
  CHECK(open.to_target.next() == "text find bob@example.com\n");
  open.target.send(server_frame(Opcode::kText, "{\"mail\":\"bob@exa", false));
  open.target.send(server_frame(Opcode::kContinuation, "mple.com\"}"));
  CHECK(open.to_agent.next() == "text {\"mail\":\"****\"}\n");
  open.target.send(close_frame(1000));
  CHECK(open.to_agent.next() == said(1000));
  open.agent.send(client_close(1000));
  CHECK(open.agent.ended());
  CHECK(broker.outcome().masked == 1);
  const CommandSeq seq = broker.recorder.of_kind("intent")[0].seq;
  CHECK(broker.recorder.bytes(seq, "ws.out.body") == "{\"mail\":\"****\"}");
}

TEST_CASE("a binary message is refused where masks are due, and passes where the policy lets it") {
  for (const bool pass : {true, false}) {
    Broker::Options options;
    options.masks.texts = masking();
    options.masks.pass_unreadable = pass;
    Broker broker(options);
    Open open(broker);
    open.target.send(server_frame(Opcode::kBinary, "\x01"));
    if (pass) {
      CHECK(open.to_agent.next() == "binary \x01\n");
      continue;
    }
    const std::string close = said(1003, "masks are due, and a binary message cannot be read");
    CHECK(open.to_agent.next() == close);
    CHECK(open.to_target.next() == close);
  }
}

TEST_CASE("the target's credential does not come back in a message") {
  Broker::Options options;
  options.target_yaml = "credential: {header: Authorization, value: \"Bearer file:crm.secret\"}";
  Broker broker(options);
  Open open(broker);
  CHECK(has(open.request, "Authorization: Bearer the-target-secret\r\n"));
  open.target.send(server_frame(Opcode::kText, "you are the-target-secret") + close_frame(1000));
  CHECK(open.to_agent.next() == "text you are " + std::string(kSecret.size(), '*') + "\n");
  CHECK(open.to_agent.next() == said(1000));
  open.agent.send(client_close(1000));
  broker.outcome();
  CHECK_FALSE(broker.recorder.contains("the-target-secret"));
}

}  // namespace sallyport::http::test
