#include <catch2/catch.hpp>

#include "core/config/address.h"

namespace sallyport::config {
namespace {

TEST_CASE("A host and a port are read from one text") {
  const auto v4 = parse_host_port("127.0.0.1:8080");
  REQUIRE(v4);
  CHECK(v4->host == "127.0.0.1");
  CHECK(v4->port == 8080);
  const auto v6 = parse_host_port("[2001:db8::1]:65535");
  REQUIRE(v6);
  CHECK(v6->host == "2001:db8::1");
  CHECK(v6->port == 65535);
  const auto name = parse_host_port("db_1.internal.:0");
  REQUIRE(name);
  CHECK(name->host == "db_1.internal.");
}

TEST_CASE("What is not a host and a port is refused") {
  for (const char* text :
       {"",           ":",        ":80",          "host",           "host:",
        "host:65536", "host:-1",  "host:+1",      "host:080",       "host:8o",
        "::1:80",     "[::1]",    "[::1]80",      "[::1]:",         "[127.0.0.1]:80",
        "[host]:80",  "127.1:80", "1:80",         "a b:80",         "-a:80",
        "a-:80",      "a..b:80",  "user@host:80", "http://host:80", "host:80/"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_host_port(text));
  }
  CHECK_FALSE(parse_host_port(std::string_view("127.0.0.1\0x:80", 14)));
  CHECK(parse_host_port(std::string(63, 'a') + ":1"));
  CHECK_FALSE(parse_host_port(std::string(64, 'a') + ":1"));
}

TEST_CASE("Only addresses of this machine are loopback addresses") {
  CHECK(is_loopback_address("127.0.0.1"));
  CHECK(is_loopback_address("127.255.0.9"));
  CHECK(is_loopback_address("::1"));
  CHECK_FALSE(is_loopback_address("128.0.0.1"));
  CHECK_FALSE(is_loopback_address("localhost"));
  CHECK_FALSE(is_loopback_address("127.0.0.1.example.com"));
  CHECK_FALSE(is_loopback_address("::2"));
}

}  // namespace
}  // namespace sallyport::config
