// Messages over real sockets: framing on both sides and bodies of any size.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/http/broker.h"

namespace sallyport::http::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string large_content() {
  std::string out(8u << 20, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(i * 31 + (i >> 13));
  return out;
}

}  // namespace

TEST_CASE("a kept connection to the target is used again, and one that closed meanwhile is not") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = accepted(broker);
  target.send(kHello);
  agent.answer();
  agent.send(broker.request("POST /crm/b", "Content-Length: 0\r\n"));
  CHECK(has(target.until("\r\n\r\n"), "POST /b"));
  target.send(kHello);
  agent.answer();
  CHECK_FALSE(broker.target.waiting());
  target.close();
  agent.send(broker.request("POST /crm/c", "Content-Length: 0\r\n"));
  Wire fresh = broker.target.accept();
  CHECK(has(fresh.until("\r\n\r\n"), "POST /c"));
  fresh.send(kHello);
  CHECK(agent.answer().head.status == 200);
}

TEST_CASE("a kept connection that closes on a request is replaced once, for a GET only") {
  Broker broker;
  Wire agent = broker.connect();
  for (const std::string method : {"GET", "POST"}) {
    agent.send(broker.request("GET /crm/first"));
    Wire target = accepted(broker);
    target.send(kHello);
    agent.answer();
    agent.send(broker.request(method + " /crm/second", "Content-Length: 0\r\n"));
    target.until("\r\n\r\n");
    target.close();
    if (method == "GET") {
      Wire fresh = accepted(broker);
      fresh.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      CHECK(agent.answer().head.status == 200);
    } else {
      CHECK(agent.answer().head.status == 502);
      CHECK_FALSE(broker.target.waiting());
    }
  }
}

TEST_CASE("pipelined requests are answered in order") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/1") +
             broker.request("POST /crm/2", "Content-Length: 3\r\n", "abc") +
             broker.request("GET /crm/3"));
  Wire target = broker.target.accept();
  for (const std::string n : {"1", "2", "3"}) {
    CHECK(has(target.until("\r\n\r\n"), " /" + n + " HTTP/1.1"));
    if (n == "2") CHECK(target.exactly(3) == "abc");
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + n);
  }
  for (const std::string n : {"1", "2", "3"}) CHECK(agent.answer().content == n);
}

TEST_CASE("chunked content stays chunked in both directions, with its trailers") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n",
                            "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n"));
  Wire target = broker.target.accept();
  const std::string head = target.until("\r\n\r\n");
  CHECK(has(head, "Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(has(head, "Content-Length"));
  const std::string body = target.until("0\r\n");
  CHECK(body == "5\r\nabcde\r\n0\r\n");
  target.until("\r\n");
  target.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\nX-End: "
      "1\r\n\r\n");
  const Answer answer = agent.answer();
  CHECK(answer.head.framing == Framing::kChunked);
  CHECK(answer.content == "ok!");
  CHECK(answer.trailers.find("X-End") != nullptr);
}

TEST_CASE("trailers bring neither the credential nor its name") {
  Broker::Options options;
  options.target_yaml = "credential: {header: X-Key, value: \"file:crm.secret\"}";
  Broker broker(options);
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Transfer-Encoding: chunked\r\n",
                            "0\r\nX-Key: mine\r\nX-Sum: 0\r\n\r\n"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  CHECK(target.until("\r\n\r\n") == "0\r\nX-Sum: 0\r\n\r\n");
  target.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Echo: "
      "the-target-secret\r\n\r\n");
  CHECK(*agent.answer().trailers.find("X-Echo") == "*****************");
}

TEST_CASE("content that ends with the target's connection is chunked toward the agent") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/a"));
  Wire target = accepted(broker);
  target.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  target.close();
  const Answer answer = agent.answer();
  CHECK(answer.head.framing == Framing::kChunked);
  CHECK(answer.content == "all of it");
  CHECK(answer.whole);
}

TEST_CASE("an HTTP/1.0 agent gets plain content and the end of the connection") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send("GET /crm/a HTTP/1.0\r\nHost: h\r\n" + broker.authorization() + "\r\n");
  Wire target = accepted(broker);
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  const std::string answer = agent.rest();
  CHECK(answer.ends_with("\r\n\r\nok"));
  CHECK_FALSE(has(answer, "chunked"));
}

TEST_CASE("responses without content leave the connection in step") {
  Broker broker;
  Wire agent = broker.connect();
  Wire target;
  bool first = true;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HEAD", "200 OK\r\nContent-Length: 1000"},
      {"GET", "204 No Content"},
      {"GET", "304 Not Modified\r\nContent-Length: 9"},
      {"GET",
       "100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
       "OK\r\nContent-Length: 0"},
  };
  for (const auto& [method, response] : cases) {
    agent.send(broker.request(method + " /crm/a"));
    if (first) target = broker.target.accept();
    first = false;
    target.until("\r\n\r\n");
    target.send("HTTP/1.1 " + response + "\r\n\r\n");
    const Answer answer = agent.answer(method);
    CHECK(answer.content.empty());
    if (method == "HEAD") CHECK(answer.field("Content-Length") == "1000");
  }
}

TEST_CASE("eight mebibytes pass each way unchanged, sized and chunked") {
  const std::string content = large_content();
  for (const bool chunked : {false, true}) {
    Broker::Options options;
    options.audit.record_payloads = RecordPayloads::kHead;
    Broker broker(options);
    const std::string size = std::to_string(content.size());
    std::thread target_side([&] {
      Wire target = accepted(broker);
      std::string got;
      if (chunked) {
        for (;;) {
          const std::string line = target.until("\r\n");
          const std::size_t bytes = std::stoul(line, nullptr, 16);
          got += target.exactly(bytes);
          target.until("\r\n");
          if (bytes == 0) break;
        }
      } else {
        got = target.exactly(content.size());
      }
      target.send(chunked ? "HTTP/1.1 200 OK\r\n\r\n"
                          : "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
      target.send(got);
    });
    Wire agent = broker.connect();
    if (chunked) {
      agent.send(broker.request("PUT /crm/a", "Transfer-Encoding: chunked\r\n"));
      for (std::size_t at = 0; at < content.size(); at += 1u << 20)
        agent.send("100000\r\n" + content.substr(at, 1u << 20) + "\r\n");
      agent.send("0\r\n\r\n");
    } else {
      agent.send(broker.request("PUT /crm/a", "Content-Length: " + size + "\r\n", content));
    }
    const Answer answer = agent.answer();
    target_side.join();
    CHECK(answer.whole);
    CHECK((answer.content == content));
    const Outcome outcome = broker.outcome();
    CHECK(outcome.bytes_in == content.size());
    CHECK(outcome.bytes_out == content.size());
  }
}

TEST_CASE("an expectation is met after the request was admitted, and only then") {
  Broker::Options options;
  options.decide = [](const Command& c) {
    return c.text == "POST /no" ? sallyport::test::deny_all(c) : sallyport::test::allow_all(c);
  };
  Broker broker(options);
  Wire agent = broker.connect();
  const std::string fields = "Expect: 100-continue\r\nContent-Length: 3\r\n";
  agent.send(broker.request("POST /crm/yes", fields));
  CHECK(agent.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  agent.send("abc");
  Wire target = broker.target.accept();
  CHECK_FALSE(has(target.until("\r\n\r\n"), "Expect"));
  CHECK(target.exactly(3) == "abc");
  target.send(kHello);
  CHECK(agent.answer().head.status == 200);
  agent.send(broker.request("POST /crm/no", fields));
  CHECK(agent.answer().head.status == 403);
  CHECK(agent.ended());
}

TEST_CASE("an answer that comes before the request's end is passed on, and then both sides close") {
  Broker broker;
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Content-Length: 100000\r\n", "begin"));
  Wire target = accepted(broker);
  CHECK(target.exactly(5) == "begin");
  target.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  const Answer answer = agent.answer();
  CHECK(answer.head.status == 413);
  CHECK(answer.content == "big");
  CHECK(target.ended());
  agent.half_close();
  CHECK(agent.ended());
  CHECK(broker.outcome().completion == Completion::kComplete);
}

}  // namespace sallyport::http::test
