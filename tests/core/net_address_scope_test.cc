#include <catch2/catch.hpp>

#include "core/net/address.h"
#include "core/net/address_scope.h"

namespace sallyport::net {
namespace {

std::string scope(const char* ip) {
  const auto address = numeric_address(ip, 443);
  REQUIRE(address);
  return std::string(to_string(address_scope(*address->get())));
}

TEST_CASE("The scope of an IPv4 address is that of its block") {
  for (const char* ip :
       {"1.1.1.1", "8.8.8.8", "11.0.0.0", "9.255.255.255", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255",
        "126.255.255.255", "128.0.0.0", "223.255.255.255"}) {
    INFO(ip);
    CHECK(scope(ip) == "global");
  }
  for (const char* ip : {"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255",
                         "192.168.0.1", "100.64.0.1", "100.127.255.255", "198.18.0.1"}) {
    INFO(ip);
    CHECK(scope(ip) == "private");
  }
  for (const char* ip : {"127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3"})
    CHECK(scope(ip) == "loopback");
  CHECK(scope("169.254.169.254") == "link-local");
  for (const char* ip : {"224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"})
    CHECK(scope(ip) == "reserved");
}

TEST_CASE("An IPv6 address that stands for an IPv4 one has its scope") {
  CHECK(scope("2606:4700::1111") == "global");
  CHECK(scope("::1") == "loopback");
  CHECK(scope("::") == "loopback");
  CHECK(scope("::127.0.0.1") == "loopback");
  CHECK(scope("fe80::1") == "link-local");
  CHECK(scope("fd00:ec2::254") == "private");
  CHECK(scope("fec0::1") == "private");
  CHECK(scope("ff02::1") == "reserved");
  CHECK(scope("2001:db8::1") == "reserved");
  CHECK(scope("4000::1") == "reserved");
  for (const char* prefix : {"::ffff:", "64:ff9b::"}) {
    INFO(prefix);
    CHECK(scope((std::string(prefix) + "8.8.8.8").c_str()) == "global");
    CHECK(scope((std::string(prefix) + "127.0.0.1").c_str()) == "loopback");
    CHECK(scope((std::string(prefix) + "10.1.2.3").c_str()) == "private");
    CHECK(scope((std::string(prefix) + "169.254.169.254").c_str()) == "link-local");
  }
  CHECK(scope("2002:0a00:0001::1") == "private");
  CHECK(scope("2002:0808:0808::1") == "global");
}

TEST_CASE("What is no IP address has no scope of use") {
  sockaddr local{};
  local.sa_family = AF_UNIX;
  CHECK(to_string(address_scope(local)) == "reserved");
}

}  // namespace
}  // namespace sallyport::net
