#include <catch2/catch.hpp>

#include "protocols/postgres/encoder.h"
#include "protocols/postgres/limits.h"
#include "protocols/postgres/startup_decoder.h"

using namespace sallyport;
using namespace sallyport::postgres;
using namespace std::string_literals;

namespace {

std::string packet(std::string_view body) {
  std::string out;
  const auto size = static_cast<std::uint32_t>(body.size() + 4);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  return out.append(body);
}

ErrorCode error_of(const std::string& bytes) {
  auto decoded = decode_opening(bytes);
  REQUIRE_FALSE(decoded.ok());
  return decoded.error().code;
}

}  // namespace

TEST_CASE("Every strict prefix of an opening packet wants more") {
  std::string startup;
  encode_startup(startup, kProtocol30, {{"user", "a"}, {"database", "orders"}});
  std::string cancel;
  encode_cancel(cancel, {7, "abcd"});
  std::string ssl;
  encode_ssl_request(ssl);
  for (const std::string& bytes : {startup, cancel, ssl}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      auto decoded = decode_opening(std::string_view(bytes).substr(0, size));
      REQUIRE(decoded.ok());
      CHECK_FALSE(decoded->has_value());
    }
    auto decoded = decode_opening(bytes + "more");
    REQUIRE(decoded.ok());
    CHECK((*decoded)->used == bytes.size());
  }
}

TEST_CASE("A cancel request's key has 4 to 256 bytes") {
  for (const std::size_t size : {3u, 4u, 256u, 257u}) {
    std::string bytes;
    encode_cancel(bytes, {7, std::string(size, 'k')});
    const auto decoded = decode_opening(bytes);
    CHECK(decoded.ok() == (size >= 4 && size <= kCancelKeyBytes));
  }
}

TEST_CASE("Packets that are not what they say are refused") {
  CHECK(error_of("\0\0\0\7abc"s) == ErrorCode::kMalformed);
  CHECK(error_of("\x7f\xff\xff\xff"s) == ErrorCode::kMalformed);
  CHECK(error_of(packet("\0\3\0\0user\0\0"s)) == ErrorCode::kMalformed);
  CHECK(error_of(packet("\0\3\0\0user\0a"s)) == ErrorCode::kMalformed);
  CHECK(error_of(packet("\0\3\0\0user\0a\0\0x"s)) == ErrorCode::kMalformed);
  CHECK(error_of(packet("\0\3\0\0user\0a\0user\0b\0\0"s)) == ErrorCode::kMalformed);
  CHECK(error_of(packet("\0\2\0\0\0"s)) == ErrorCode::kUnsupported);
  CHECK(error_of(packet("\0\4\0\0\0"s)) == ErrorCode::kUnsupported);
  CHECK(error_of(packet("\x04\xd2\x16\x2fmore"s)) == ErrorCode::kMalformed);
}

TEST_CASE("A start-up packet has bounds of size and number") {
  const auto sized = [](std::size_t size) {
    std::string body = "\0\3\0\0user\0"s;
    body += std::string(size - 4 - body.size() - 2, 'u') + "\0\0"s;
    return decode_opening(packet(body)).ok();
  };
  CHECK(sized(kStartupBytes));
  CHECK_FALSE(sized(kStartupBytes + 1));
  const auto many = [](std::size_t count) {
    Parameters parameters;
    for (std::size_t i = 0; i < count; ++i) parameters.emplace_back("p" + std::to_string(i), "v");
    std::string bytes;
    encode_startup(bytes, kProtocol30, parameters);
    return decode_opening(bytes).ok();
  };
  CHECK(many(kStartupParameters));
  CHECK_FALSE(many(kStartupParameters + 1));
}

TEST_CASE("A TLS handshake is told from a packet by its first byte") {
  CHECK(begins_tls("\x16\x03\x01"));
  CHECK_FALSE(begins_tls(""));
  CHECK_FALSE(begins_tls("\0\0\0\x08"s));
}
