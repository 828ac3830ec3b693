#include "protocols/postgres/encoder.h"

#include <catch2/catch.hpp>

#include "protocols/postgres/startup_decoder.h"
#include "tests/postgres/transcript.h"

using namespace sallyport;
using namespace sallyport::postgres;
using namespace std::string_literals;

TEST_CASE("What is encoded is decoded as it was meant") {
  std::string out;
  ErrorFields error;
  error.sqlstate = "42501";
  error.message = "no";
  error.detail = "{}";
  encode_error(out, error);
  MessageDecoder decoder(Direction::kBackend);
  auto piece = decoder.next(out);
  REQUIRE(piece.ok());
  auto read = read_error((*piece)->body);
  REQUIRE(read.ok());
  CHECK(read->severity == "ERROR");
  CHECK(read->sqlstate == "42501");
  CHECK(read->message == "no");
  CHECK(read->detail == "{}");
  CHECK(read->hint.empty());
}

TEST_CASE("A start-up packet comes back with its parameters") {
  std::string out;
  encode_startup(out, kProtocol30, {{"user", "app"}, {"options", ""}});
  auto packet = decode_opening(out);
  REQUIRE(packet.ok());
  REQUIRE(packet->has_value());
  const auto& startup = std::get<StartupPacket>((*packet)->packet);
  CHECK(startup.version == kProtocol30);
  CHECK(startup.parameter("user") == "app");
  CHECK(startup.has("options"));
  CHECK((*packet)->used == out.size());
}

TEST_CASE("A text is cut at a NUL, so that it cannot become two fields") {
  std::string out;
  encode_parameter_status(out, "name", "a\0b"s);
  CHECK(read_messages(Direction::kBackend, out) == "\nS7:name\0a\0"s);
}

TEST_CASE("Messages without a body are a type and their length") {
  std::string out;
  encode_bare(out, frontend::kSync);
  CHECK(out == "S\0\0\0\4"s);
  out.clear();
  encode_ready(out, TransactionStatus::kFailed);
  CHECK(out == "Z\0\0\0\5E"s);
}

TEST_CASE("A refused minor version and unknown options are told") {
  std::string out;
  encode_negotiate(out, kProtocol32, {"_pq_.command_tag"});
  CHECK(out == "v\0\0\0\x1d\0\3\0\2\0\0\0\1_pq_.command_tag\0"s);
}
