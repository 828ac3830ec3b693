#include "storage/leaf.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "storage/limits.h"
#include "storage/text.h"

using namespace sallyport;
using namespace sallyport::storage;

namespace {

SessionId session() { return SessionId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value(); }
LeafHeader header(std::uint64_t n = 7) {
  return {n, 1'790'000'000'123'456, 42, "0011223344556677"};
}

Hash hash_of(unsigned char byte) {
  Hash out;
  out.fill(byte);
  return out;
}

IntentLeaf full_intent() {
  IntentLeaf leaf;
  leaf.session = session();
  leaf.seq = 3;
  leaf.actions = {"read", "write"};
  leaf.objects = {"table:public.orders", "path:/a\"b\\c\n"};
  leaf.objects_omitted = 2;
  leaf.payload_digest = hash_of(0xab);
  leaf.verdict = Verdict::kApprove;
  leaf.rule = "writes-ask";
  leaf.reason = "line\u2028separator \x01";
  leaf.policy = "p1";
  leaf.observed = {"r=deny"};
  leaf.approval = "a1";
  leaf.payloads = {{1099511627776, "command", 12, hash_of(0x01)}};
  return leaf;
}

OutcomeLeaf full_outcome() {
  OutcomeLeaf leaf;
  leaf.session = session();
  leaf.seq = 3;
  leaf.completion = Completion::kAborted;
  leaf.status = "200";
  leaf.detail = "the agent went away";
  leaf.rows = 1;
  leaf.bytes_in = 2;
  leaf.bytes_out = 3;
  leaf.masked = 4;
  leaf.duration_us = 5;
  leaf.streams = {{"response.body", 2, 131072, hash_of(2)}};
  leaf.payloads = {{5, "response.body", 65536, hash_of(3)},
                   {6, "response.body", 65536, hash_of(4)}};
  leaf.payloads_lost = true;
  return leaf;
}

std::vector<LeafBody> one_of_each() {
  SessionOpenedLeaf opened;
  opened.session = session();
  opened.protocol = "http";
  opened.target = "orders";
  opened.issuer = "corp";
  opened.subject = "alice";
  opened.actors = {"copilot", "human"};
  opened.groups = {"agents"};
  opened.roles = {"support"};
  opened.policy = "p1";
  opened.client_address = "192.0.2.7:5000";
  opened.crypto = "TLSv1.3";
  opened.auth_method = "jwt";
  opened.credential_id = "c";
  opened.expires_us = 9;
  return {full_intent(),
          full_outcome(),
          opened,
          SessionClosedLeaf{session(), "idle", 1, 2},
          LoginLeaf{"http", "192.0.2.7:1", "corp", "mallory", false, "expired"},
          ChangeLeaf{"policy", "alice", "p1", "p2"},
          ChunksLeaf{session(), 3, {{9, "request.body", 1, hash_of(9)}}},
          TruncatedLeaf{session(), 3, "response.body", 1024},
          EventLeaf{"broker.start", {{"version", "1"}, {"version", ""}}},
          EventLeaf{"broker.stop", {}}};
}

}  // namespace

TEST_CASE("The bytes of an intent are these") {
  IntentLeaf leaf;
  leaf.session = session();
  leaf.seq = 1;
  leaf.actions = {"read"};
  leaf.objects = {"path:/v1"};
  leaf.verdict = Verdict::kAllow;
  leaf.rule = "reads";
  leaf.policy = "p1";
  leaf.payloads = {{1, "command", 2, hash_of(0xff)}};
  CHECK(
      encode_leaf({header(), leaf}) ==
      "{\"n\":7,\"time_us\":1790000000123456,\"mono_us\":42,\"boot\":\"0011223344556677\",\"kind\":"
      "\"intent\",\"session\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"seq\":1,\"actions\":["
      "\"read\"],"
      "\"objects\":[\"path:/"
      "v1\"],\"verdict\":\"allow\",\"rule\":\"reads\",\"policy\":\"p1\",\"payloads\":"
      "[{\"id\":1,\"stream\":\"command\",\"size\":2,\"hmac\":\"" +
          std::string(64, 'f') + "\"}]}");
}

TEST_CASE("Every kind of record is decoded to what was encoded and is plain JSON") {
  for (const LeafBody& body : one_of_each()) {
    Leaf leaf{header(), body};
    std::string bytes = encode_leaf(leaf);
    CAPTURE(bytes);
    auto decoded = decode_leaf(bytes);
    REQUIRE(decoded);
    CHECK(*decoded == leaf);
    CHECK(nlohmann::json::parse(bytes)["kind"] == kind_of(body));
    CHECK(bytes.find_first_of("\n\r\t") == std::string::npos);
  }
}

TEST_CASE("No record is decoded from a part of its bytes or with one byte more") {
  for (const LeafBody& body : one_of_each()) {
    std::string bytes = encode_leaf({header(), body});
    for (std::size_t n = 0; n < bytes.size(); ++n) REQUIRE_FALSE(decode_leaf(bytes.substr(0, n)));
    REQUIRE_FALSE(decode_leaf(bytes + " "));
  }
}

TEST_CASE("The same facts written in another way are not a record") {
  std::string bytes = encode_leaf({header(), SessionClosedLeaf{session(), "idle", 1, 2}});
  auto altered = [&](const std::string& from, const std::string& to) {
    std::string out = bytes;
    out.replace(out.find(from), from.size(), to);
    return decode_leaf(out).ok();
  };
  REQUIRE(decode_leaf(bytes));
  CHECK_FALSE(altered("\"bytes_in\":1", "\"bytes_in\":1.0"));
  CHECK_FALSE(altered("\"bytes_in\":1", "\"bytes_in\":\"1\""));
  CHECK_FALSE(altered("\"bytes_in\":1", "\"bytes_in\":01"));
  CHECK_FALSE(altered("\"bytes_in\":1", "\"bytes_in\": 1"));
  CHECK_FALSE(altered("\"n\":7", "\"n\":\"7\""));
  CHECK_FALSE(altered("\"n\":7", "\"n\":-7"));
  CHECK_FALSE(altered("\"bytes_in\":1,\"bytes_out\":2", "\"bytes_out\":2,\"bytes_in\":1"));
  CHECK_FALSE(altered("\"reason\":\"idle\"", "\"reason\":\"\\u0069dle\""));
  CHECK_FALSE(altered("\"reason\":\"idle\"", "\"reason\":\"idle\",\"reason\":\"idle\""));
  CHECK_FALSE(altered("\"bytes_in\":1", "\"bytes_in\":1,\"extra\":1"));
  CHECK_FALSE(altered("8057", "8057 "));
}

TEST_CASE("Numbers keep all their bits") {
  Leaf leaf{{UINT64_MAX, UINT64_MAX, UINT64_MAX, "b"},
            SessionClosedLeaf{session(), "", UINT64_MAX, 0}};
  auto decoded = decode_leaf(encode_leaf(leaf));
  REQUIRE(decoded);
  CHECK(*decoded == leaf);
}

TEST_CASE("What an agent sent is made well-formed before it is a record") {
  Command command;
  command.text = "x";
  for (std::size_t i = 0; i < kLeafNames + 5; ++i)
    command.objects.push_back({"file", std::string(2000, 'n')});
  command.objects.front().name = "\xff\xc3\x28 \xed\xa0\x80";
  Decision decision{Verdict::kDeny, "r", std::string(100'000, 'y'), "p", {}};
  IntentLeaf leaf = make_intent(session(), CommandSeq{1}, command, decision);
  CHECK(leaf.objects.size() == kLeafNames);
  CHECK(leaf.objects_omitted == 5);
  CHECK(leaf.reason.size() <= kLeafText);
  auto decoded = decode_leaf(encode_leaf({header(), leaf}));
  REQUIRE(decoded);
  CHECK(std::get<IntentLeaf>(decoded->body) == leaf);
}

TEST_CASE("Text is cut between characters") {
  CHECK(clean_text("abc", 3) == "abc");
  CHECK(clean_text("abcd", 3) == "\u2026");
  CHECK(clean_text("äöüß€", 8) == "äö\u2026");
  CHECK(clean_text(std::string("a\0b", 3), 10) == std::string("a\0b", 3));
}

TEST_CASE("An event may not pass for a kind of record that has its own form") {
  CHECK(is_event_kind("broker.start"));
  CHECK_FALSE(is_event_kind("intent"));
  CHECK_FALSE(is_event_kind("Intent"));
  CHECK_FALSE(is_event_kind(""));
  CHECK_FALSE(is_event_kind(std::string(65, 'a')));
}

TEST_CASE("The text and facts of a command survive their payload") {
  std::vector<Attribute> attributes = {
      {"http.method", "GET"}, {"http.query.q", "a\"b"}, {"http.query.q", ""}};
  auto decoded = decode_command(encode_command("GET /a?q=1", attributes));
  REQUIRE(decoded);
  CHECK(decoded->text == "GET /a?q=1");
  REQUIRE(decoded->attributes.size() == 3);
  CHECK(decoded->attributes[1].value == "a\"b");
  CHECK_FALSE(decode_command("{\"text\":\"x\"}"));
  CHECK(decode_command(encode_command("", {})));
}
