// Guard and masks on the road: what the agent gets and what the record keeps of a target's answers.
#include <catch2/catch.hpp>

#include "tests/http/broker.h"
#include "tests/http/codings.h"
#include "tests/http/screens.h"

namespace sallyport::http::test {
namespace {

const std::string kPage =
    R"({"card":"4111 1111 1111 1111","ssn":"219-09-9998","mail":"bob@example.com","n":1})";
const std::string kMasked = R"({"card":"****","ssn":"****","mail":"****","n":1})";

Broker::Options masked() {
  Broker::Options options;
  options.masks.texts = masking();
  return options;
}

Broker::Options guarded() {
  Broker::Options options;
  options.target_yaml = "credential: {header: X-Key, value: \"file:crm.secret\"}";
  return options;
}

std::string response(const std::string& content, const std::string& fields = "",
                     const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields +
         "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content;
}

std::string chunked(const std::string& content, const std::string& fields, std::size_t size) {
  std::string out = "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < content.size(); at += size) {
    const std::string piece = content.substr(at, size);
    char line[20];
    std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
    out += line + piece + "\r\n";
  }
  return out + "0\r\n\r\n";
}

// One exchange: what the target got and what the agent was answered.
struct Exchanged {
  std::string asked;
  Answer answer;
};

Exchanged pass(Broker& broker, const std::string& sent, const std::string& fields = "",
               const std::string& line = "GET /crm/a") {
  Wire agent = broker.connect();
  agent.send(broker.request(line, fields));
  Wire target = broker.target.accept();
  Exchanged out;
  out.asked = target.until("\r\n\r\n");
  target.send(sent);
  target.half_close();
  out.answer = agent.answer(line.substr(0, line.find(' ')));
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kJsonType = "Content-Type: application/json\r\n";

}  // namespace

TEST_CASE("masked values are neither in the answer nor in its record, in any coding and framing") {
  Broker broker(masked());
  const std::vector<std::string> answers = {
      response(kPage, kJsonType),
      chunked(kPage, kJsonType, 3),
      response(gzipped(kPage), kJsonType + "Content-Encoding: gzip\r\n"),
      chunked(gzipped(kPage), kJsonType + "Content-Encoding: gzip\r\n", 1),
      chunked(brotlied(kPage), kJsonType + "Content-Encoding: br\r\n", 7),
      response(deflated(kPage, 15), kJsonType + "Content-Encoding: deflate\r\n"),
      "HTTP/1.1 200 OK\r\n" + kJsonType + "Connection: close\r\n\r\n" + kPage};
  std::size_t n = 0;
  for (const std::string& sent : answers) {
    const Exchanged done = pass(broker, sent, "Accept-Encoding: gzip, br, deflate\r\n");
    CHECK(done.answer.whole);
    CHECK(done.answer.content == kMasked);
    CHECK(done.answer.head.framing == Framing::kChunked);
    CHECK(done.answer.head.fields.count("Content-Encoding") == 0);
    CHECK(broker.outcome(n).masked == 3);
    CHECK(broker.outcome(n++).bytes_out == kMasked.size());
  }
  CHECK(broker.recorder.bytes(CommandSeq{1}, "response.body") == kMasked);
  for (const char* value : {"4111", "219-09", "bob@"}) CHECK_FALSE(broker.recorder.contains(value));
}

TEST_CASE("masks reach fields and trailers") {
  Broker broker(masked());
  const Exchanged done =
      pass(broker,
           "HTTP/1.1 200 bob@example.com\r\nContent-Type: text/plain\r\nX-Mail: bob@example.com\r\n"
           "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Card: 4111111111111111\r\n\r\n");
  CHECK(done.answer.field("X-Mail") == "****");
  CHECK(*done.answer.trailers.find("X-Card") == "****");
  CHECK_FALSE(has(done.answer.head_bytes, "bob@"));
  CHECK(broker.outcome().masked == 3);
  CHECK_FALSE(broker.recorder.contains("bob@"));
}

TEST_CASE(
    "a target's references to itself lead back through the broker, and are no values to mask") {
  Broker broker(masked());
  const std::string here = "http://127.0.0.1:" + std::to_string(broker.target.port());
  const Exchanged done =
      pass(broker, response("", "Location: " + here + "/next\r\nX-Peer: 10.1.2.3\r\n"));
  CHECK(done.answer.field("Location") == "/crm/next");
  CHECK(done.answer.field("X-Peer") == "****");
  CHECK(done.answer.head.fields.count("Sallyport-Session") == 1);
}

TEST_CASE("an answer that masks cannot read is withheld, and says why") {
  Broker broker(masked());
  const Exchanged done =
      pass(broker, response("PNG 4111111111111111", "Content-Type: image/png\r\n"));
  CHECK(done.answer.head.status == 403);
  CHECK(done.answer.field("Content-Type") == "application/problem+json");
  CHECK(has(done.answer.content, "\"code\":\"denied\""));
  CHECK(has(done.answer.content, "unreadable: pass"));
  CHECK_FALSE(broker.recorder.contains("4111"));
  CHECK(broker.outcome().completion == Completion::kAborted);
  CHECK(has(broker.outcome().detail, "type"));

  const Exchanged wide = pass(broker, response(std::string("{\0\"\0", 4), kJsonType));
  CHECK(wide.answer.head.status == 403);
  const Exchanged part =
      pass(broker,
           response(kPage, kJsonType + "Content-Range: bytes 0-77/200\r\n", "206 Partial Content"),
           "Range: bytes=0-77\r\n");
  CHECK(part.answer.head.status == 502);
  CHECK_FALSE(has(part.asked, "Range:"));
}

TEST_CASE("content that cannot be read passes where the policy says so") {
  Broker::Options options = masked();
  options.masks.pass_unreadable = true;
  Broker broker(options);
  const Exchanged done =
      pass(broker, response("PNG 4111111111111111", "Content-Type: image/png\r\n"));
  CHECK(done.answer.head.status == 200);
  CHECK(done.answer.content == "PNG 4111111111111111");
  CHECK(done.answer.head.framing == Framing::kLength);
}

TEST_CASE("HEAD, 204 and 304 have no content to mask") {
  Broker broker(masked());
  const std::string fields = "Content-Type: image/png\r\nETag: \"v1\"\r\n";
  const Exchanged head = pass(broker, "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 99\r\n\r\n",
                              "", "HEAD /crm/a");
  CHECK(head.answer.head.status == 200);
  CHECK(pass(broker, "HTTP/1.1 204 No Content\r\n\r\n", "", "DELETE /crm/a").answer.head.status ==
        204);
  const Exchanged same = pass(broker, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n",
                              "If-None-Match: \"v1-sppolicy-1\"\r\n");
  CHECK(has(same.asked, "If-None-Match: \"v1\"\r\n"));
  CHECK(same.answer.head.status == 304);
  CHECK(same.answer.field("ETag") == "\"v1-sppolicy-1\"");
}

TEST_CASE("the credential does not come back in any form, and lengths stay true") {
  Broker broker(guarded());
  const std::string echo =
      "plain the-target-secret url the%2Dtarget%2dsecret base64 dGhlLXRhcmdldC1zZWNyZXQ= hex "
      "7468652d7461726765742d736563726574 json the\\u002dtarget-secret";
  const Exchanged done =
      pass(broker, response(echo,
                            "Content-Type: image/png\r\nSet-Cookie: k=the-target-secret\r\n"
                            "Location: /login?key=the-target-secret\r\n"));
  CHECK(has(done.asked, "X-Key: the-target-secret\r\n"));
  CHECK(done.answer.head.framing == Framing::kLength);
  CHECK(done.answer.content.size() == echo.size());
  for (const char* form : {"target-secret", "the%2D", "dGhlLXRh", "7468652d", "the\\u002d"}) {
    CHECK_FALSE(has(done.answer.content, form));
    CHECK_FALSE(has(done.answer.head_bytes, form));
    CHECK_FALSE(broker.recorder.contains(form));
  }
  const Exchanged coded =
      pass(broker, response(gzipped(echo), "Content-Encoding: gzip\r\nETag: \"v1\"\r\n"),
           "Accept-Encoding: gzip, zstd\r\n");
  CHECK(has(coded.asked, "Accept-Encoding: gzip\r\n"));
  CHECK(coded.answer.content == done.answer.content);
  CHECK(coded.answer.field("ETag") == "\"v1-sppolicy-1\"");
}

TEST_CASE("a range past the guard comes as it was asked for") {
  Broker broker(guarded());
  std::string content(200'000, 'x');
  content.replace(100'000, kSecret.size(), kSecret);
  const std::string range = "Content-Range: bytes 34468-165540/200000\r\n";
  const Exchanged done =
      pass(broker, response(content.substr(34'468, 131'073), range, "206 Partial Content"),
           "Range: bytes=100004-100004\r\nAccept-Encoding: gzip\r\n");
  CHECK(has(done.asked, "Range: bytes=34468-165540\r\n"));
  CHECK(has(done.asked, "Accept-Encoding: identity\r\n"));
  CHECK(done.answer.head.status == 206);
  CHECK(done.answer.field("Content-Range") == "bytes 100004-100004/200000");
  CHECK(done.answer.content == "*");
  CHECK(done.answer.whole);
}

TEST_CASE("a bomb is cut off so that nobody takes it for the whole") {
  Broker broker(guarded());
  const std::string zeros(10u << 20, '\0');
  const Exchanged done = pass(broker, response(gzipped(zeros), "Content-Encoding: gzip\r\n"));
  CHECK_FALSE(done.answer.whole);
  CHECK(done.answer.content.size() < 2u << 20);
  CHECK(broker.outcome().completion == Completion::kFailed);
  CHECK(has(broker.outcome().detail, "grows"));
  const std::string short_one = gzipped("a text that is cut off");
  const Exchanged cut = pass(
      broker, response(short_one.substr(0, short_one.size() - 4), "Content-Encoding: gzip\r\n"));
  CHECK((cut.answer.head.status == 502 || !cut.answer.whole));
}

TEST_CASE("without anything to look for, an answer and what was asked stay as they are") {
  Broker broker;
  const std::string coded = gzipped(kPage);
  const Exchanged done = pass(
      broker,
      response(coded,
               kJsonType + "Content-Encoding: gzip\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n"),
      "Accept-Encoding: zstd, gzip\r\nRange: bytes=0-1,5-6\r\n");
  CHECK(has(done.asked, "Accept-Encoding: zstd, gzip\r\n"));
  CHECK(has(done.asked, "Range: bytes=0-1,5-6\r\n"));
  CHECK(done.answer.content == coded);
  CHECK(done.answer.head.framing == Framing::kLength);
  CHECK(done.answer.field("Content-Encoding") == "gzip");
  CHECK(done.answer.field("ETag") == "\"v1\"");
  // The record can be looked through all the same.
  broker.outcome();
  CHECK(broker.recorder.bytes(CommandSeq{1}, "response.body") == kPage);
}

TEST_CASE("a request's coded content is recorded decoded and forwarded as it came") {
  Broker broker;
  const std::string coded = gzipped(kPage);
  Wire agent = broker.connect();
  agent.send(broker.request("POST /crm/a", "Content-Encoding: gzip\r\nContent-Length: " +
                                               std::to_string(coded.size()) + "\r\n"));
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  for (const char c : coded) agent.send({&c, 1});
  CHECK(target.exactly(coded.size()) == coded);
  target.send(kHello);
  CHECK(agent.answer().content == "hello");
  broker.outcome();
  CHECK(broker.recorder.bytes(CommandSeq{1}, "request.body") == kPage);
}

TEST_CASE("events flow one by one, each masked") {
  Broker broker(masked());
  Wire agent = broker.connect();
  agent.send(broker.request("GET /crm/events"));
  Wire target = accepted(broker);
  target.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  agent.until("\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    target.send("data: bob@example.com\n\n");
    CHECK(agent.until("\n\n\r\n") == "c\r\ndata: ****\n\n\r\n");
  }
  target.close();
}

}  // namespace sallyport::http::test
