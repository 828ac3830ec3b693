#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tools/cli/text.h"
#include "tools/replay/exchange.h"
#include "tools/replay/pace.h"
#include "tools/replay/psql_table.h"
#include "tools/replay/statement.h"

namespace sallyport::replay {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

Exchange allowed() {
  Exchange e;
  e.row.event = 12;
  e.row.session_id = "01890a5d-ac96-774b-bcce-b302099a8057";
  e.row.seq = 3;
  e.row.time = "2026-11-23T15:04:05.678Z";
  e.row.subject = "agent-1";
  e.row.target = "crm";
  e.row.protocol = "http";
  e.row.action = R"(["write"])";
  e.row.objects = R"(["path:/v1/orders"])";
  e.row.text = "POST /v1/orders?note=a%20b+c&empty";
  e.row.decision = "allow";
  e.row.rule = "writes";
  e.row.status = "201";
  e.row.duration_ms = 12.5;
  e.facts.attributes = {{"http.method", "POST"}};
  e.request.head =
      "POST /v1/orders?note=a%20b+c&empty HTTP/1.1\r\nHost: crm.internal\r\n"
      "Content-Type: application/json\r\n\r\n";
  e.request.body = R"({"item":"kite"})";
  e.request.first = 1000us;
  e.request.last = 3000us;
  e.response.head =
      "HTTP/1.1 201 Created\r\nContent-Type: image/png\r\nLocation: /v1/orders/8\r\n\r\n";
  e.response.body = std::string("\x89PNG\0", 5);
  e.response.first = 9000us;
  e.response.last = 13500us;
  return e;
}

Exchange denied() {
  Exchange e;
  e.row.event = 13;
  e.row.seq = 4;
  e.row.time = "2026-11-23T15:04:06.000Z";
  e.row.target = "crm";
  e.row.text = "DELETE /v1/orders/7";
  e.row.decision = "deny";
  e.row.rule = "no-delete";
  e.row.reason = "Orders are never deleted.";
  return e;
}

Json har(const std::vector<Exchange>& exchanges) {
  std::string text = har_begin();
  for (const Exchange& e : exchanges) text += (&e == exchanges.data() ? "" : ",") + har_entry(e);
  return Json::parse(text + har_end());
}

TEST_CASE("A result is printed as psql prints it") {
  CHECK(psql_table({{"id", true}, {"name", false}}, {{"1", "a"}, {"22", "long name"}}, 2) ==
        " id |   name    \n----+-----------\n  1 | a\n 22 | long name\n(2 rows)\n");
  CHECK(psql_table({{"n", true}}, {{"5"}}, 1) == " n \n---\n 5\n(1 row)\n");
  CHECK(psql_table({}, {{}}, 1) == "\n\n\n(1 row)\n");
  // Wide characters take two columns, combining ones none, and nothing acts on the terminal.
  CHECK(
      psql_table({{"a", false}, {"b", false}}, {{"\u65e5\u672c", "x"}, {"e\u0301", "\x1b[2J"}},
                 2) ==
      "  a   |    b    \n------+---------\n \u65e5\u672c | x\n e\u0301    | \\x1b[2J\n(2 rows)\n");
}

TEST_CASE("Notices, errors and rows that were not kept are told in psql's words") {
  Statement s;
  s.row.text = "SELECT 1";
  s.row.decision = "allow";
  s.row.rows = 3;
  s.columns = R"([{"name":"n","type":"integer"}])"
              "\n";
  s.rows = R"({"notice":{"severity":"NOTICE","message":"hello"}})"
           "\n"
           R"(["1"])"
           "\n"
           R"([null])"
           "\n";
  CHECK(to_text(s).ends_with(
      "   allow\nNOTICE:  hello\n n \n---\n 1\n  \n(3 rows)\n[1 rows are not shown]\n\n"));
  s.rows += R"({"error":{"severity":"ERROR","message":"no","detail":"d","hint":"h"}})"
            "\n";
  CHECK(to_text(s).ends_with("   allow\nNOTICE:  hello\nERROR:  no\nDETAIL:  d\nHINT:  h\n\n"));
}

}  // namespace

TEST_CASE("An archive has every member that HAR 1.2 requires") {
  Json log = har({allowed(), denied()})["log"];
  CHECK(log["version"] == "1.2");
  CHECK(log["creator"]["name"] == "sallyport");
  CHECK(log["creator"]["version"].is_string());
  REQUIRE(log["entries"].size() == 2);
  for (const Json& entry : log["entries"]) {
    CHECK(entry["startedDateTime"].is_string());
    CHECK(entry["time"].is_number());
    CHECK(entry["cache"].is_object());
    for (const char* name : {"method", "url", "httpVersion"})
      CHECK(entry["request"][name].is_string());
    for (const char* name : {"cookies", "headers", "queryString"})
      CHECK(entry["request"][name].is_array());
    for (const char* name : {"headersSize", "bodySize"}) CHECK(entry["request"][name].is_number());
    CHECK(entry["response"]["status"].is_number());
    for (const char* name : {"statusText", "httpVersion", "redirectURL"})
      CHECK(entry["response"][name].is_string());
    for (const char* name : {"cookies", "headers"}) CHECK(entry["response"][name].is_array());
    CHECK(entry["response"]["content"]["size"].is_number());
    CHECK(entry["response"]["content"]["mimeType"].is_string());
    double parts = 0;
    for (const char* name : {"send", "wait", "receive"}) {
      CHECK(entry["timings"][name].get<double>() >= 0);
      parts += entry["timings"][name].get<double>();
    }
    CHECK(entry["time"].get<double>() == Approx(parts).margin(0.01));
  }
}

TEST_CASE("An archive's entry says what was sent and answered, binary content in base64") {
  Json entry = har({allowed()})["log"]["entries"][0];
  CHECK(entry["request"]["method"] == "POST");
  CHECK(entry["request"]["url"] == "http://crm.internal/v1/orders?note=a%20b+c&empty");
  CHECK(entry["request"]["queryString"] ==
        Json::parse(R"([{"name":"note","value":"a b c"},{"name":"empty","value":""}])"));
  CHECK(entry["request"]["postData"]["text"] == R"({"item":"kite"})");
  CHECK(entry["request"]["postData"]["mimeType"] == "application/json");
  CHECK(entry["response"]["status"] == 201);
  CHECK(entry["response"]["statusText"] == "Created");
  CHECK(entry["response"]["redirectURL"] == "/v1/orders/8");
  CHECK(entry["response"]["content"]["encoding"] == "base64");
  std::string body;
  REQUIRE(cli::decode_base64(entry["response"]["content"]["text"].get<std::string>(), body));
  CHECK(body == std::string("\x89PNG\0", 5));
  CHECK(entry["timings"]["send"] == Approx(2.0));
  CHECK(entry["timings"]["wait"] == Approx(6.0));
  CHECK(entry["timings"]["receive"] == Approx(4.5));
}

TEST_CASE("A denied command is an entry with the broker's own answer and the rule") {
  Json entry = har({denied()})["log"]["entries"][0];
  CHECK(entry["request"]["method"] == "DELETE");
  CHECK(entry["request"]["url"] == "http://crm/v1/orders/7");
  CHECK(entry["response"]["status"] == 403);
  CHECK(entry["_rule"] == "no-delete");
  CHECK(entry["comment"] == "Orders are never deleted.");
}

TEST_CASE("Replayed text cannot reach the terminal as a control sequence") {
  Exchange e = allowed();
  e.row.text = "GET /\x1b[2J";
  e.row.reason = "be\x07ll";
  e.request.head = "GET / HTTP/1.1\r\nX-Evil: \x1b]0;owned\x07\r\n\r\n";
  e.request.body = "line\x1b[31m";
  e.response.head = "HTTP/1.1 200 \x9b\r\n\r\n";
  e.response.body =
      "\xc2\x9b"
      "2J and \xe2\x80\xae";
  for (char c : to_text(e)) {
    auto byte = static_cast<unsigned char>(c);
    CHECK((byte == '\n' || (byte >= 0x20 && byte < 0x7f)));
  }
}

TEST_CASE("Replayed text shows both messages, and binary bodies as an excerpt") {
  std::string text = to_text(allowed());
  for (const char* words :
       {"#3 2026-11-23T15:04:05.678Z event 12: POST /v1/orders",
        "allow by writes; status 201; 12.5 ms", "> Host: crm.internal", "> {\"item\":\"kite\"}",
        "< HTTP/1.1 201 Created", "< [5 bytes, not text]", "< 00000000  89 50 4e 47 00"}) {
    INFO(text);
    CHECK(text.find(words) != std::string::npos);
  }
  std::string no = to_text(denied());
  CHECK(no.find("deny by no-delete: Orders are never deleted.") != std::string::npos);
}

TEST_CASE("A JSON line has the columns of the view and the recorded messages") {
  Json json = Json::parse(to_jsonl(allowed()));
  for (const char* column :
       {"event",       "session_id", "seq",     "time",     "subject",   "actor",  "target",
        "protocol",    "action",     "objects", "text",     "decision",  "rule",   "reason",
        "approval_id", "status",     "rows",    "bytes_in", "bytes_out", "masked", "duration_ms"}) {
    INFO(column);
    CHECK(json.contains(column));
  }
  CHECK(json["action"] == Json::parse(R"(["write"])"));
  CHECK(json["request"]["body"] == R"({"item":"kite"})");
  CHECK(json["response"]["body_base64"] == "iVBORwA=");
  CHECK_FALSE(json["response"].contains("body"));
}

TEST_CASE("A WebSocket is replayed message by message") {
  Exchange e = allowed();
  e.messages = {{true, "text", "hi", 1'500'000us},
                {false, "binary", std::string("\0\x01", 2), 2'000'000us},
                {false, "close", "1000 bye", 2'500'000us}};
  const std::string text = to_text(e);
  INFO(text);
  for (const char* words : {"> [1.500 s text]\n> hi\n", "< [2.000 s binary]\n< [2 bytes, not text]",
                            "< [2.500 s close]\n< 1000 bye\n"})
    CHECK(text.find(words) != std::string::npos);

  const Json messages = Json::parse(to_jsonl(e))["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[0] ==
        Json({{"from", "agent"}, {"kind", "text"}, {"offset_us", 1500000}, {"body", "hi"}}));
  CHECK(messages[1]["body_base64"] == "AAE=");
  CHECK(
      messages[2] ==
      Json({{"from", "target"}, {"kind", "close"}, {"offset_us", 2500000}, {"body", "1000 bye"}}));
  CHECK_FALSE(Json::parse(to_jsonl(allowed())).contains("messages"));

  const Json entry = har({e})["log"]["entries"][0];
  CHECK(entry["_resourceType"] == "websocket");
  REQUIRE(entry["_webSocketMessages"].size() == 2);
  const Json& first = entry["_webSocketMessages"][0];
  CHECK(first["type"] == "send");
  CHECK(first["opcode"] == 1);
  // 15:04:05.678, and 1.499 s after the request's head.
  CHECK(first["time"].get<double>() == Approx(1795446247.177).margin(0.001).epsilon(0));
  CHECK(entry["_webSocketMessages"][1]["data"] == "AAE=");
}

TEST_CASE("The pause between two commands follows speed and the longest idle time") {
  std::string a = "2026-11-23T15:00:00.000Z";
  std::string b = "2026-11-23T15:00:10.000Z";
  CHECK(pause_between({1, {}}, a, b) == 10s);
  CHECK(pause_between({10, {}}, a, b) == 1s);
  CHECK(pause_between({1, 2s}, a, b) == 2s);
  CHECK(pause_between({1, {}}, b, a) == 0s);
  CHECK(pause_between({1, {}}, "", b) == 0s);
}

}  // namespace sallyport::replay
