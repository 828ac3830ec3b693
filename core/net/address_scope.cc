#include "core/net/address_scope.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "core/result.h"

namespace sallyport::net {
namespace {

struct Block {
  std::uint32_t prefix;
  unsigned bits;
  AddressScope scope;
};

// RFC 6890 §2.2.2, RFC 5771, RFC 1112 §4; what is in none of them is global.
constexpr std::array<Block, 15> kBlocks = {{{0x00000000, 8, AddressScope::kLoopback},
                                            {0x0A000000, 8, AddressScope::kPrivate},
                                            {0x64400000, 10, AddressScope::kPrivate},
                                            {0x7F000000, 8, AddressScope::kLoopback},
                                            {0xA9FE0000, 16, AddressScope::kLinkLocal},
                                            {0xAC100000, 12, AddressScope::kPrivate},
                                            {0xC0000000, 24, AddressScope::kOther},
                                            {0xC0000200, 24, AddressScope::kOther},
                                            {0xC0586300, 24, AddressScope::kOther},
                                            {0xC0A80000, 16, AddressScope::kPrivate},
                                            {0xC6120000, 15, AddressScope::kPrivate},
                                            {0xC6336400, 24, AddressScope::kOther},
                                            {0xCB007100, 24, AddressScope::kOther},
                                            {0xE0000000, 4, AddressScope::kOther},
                                            {0xF0000000, 4, AddressScope::kOther}}};

AddressScope scope_of_v4(std::uint32_t address) {
  for (const Block& block : kBlocks) {
    if (((address ^ block.prefix) >> (32 - block.bits)) == 0) return block.scope;
  }
  return AddressScope::kGlobal;
}

std::uint32_t four_bytes(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

AddressScope scope_of_v6(const std::uint8_t* bytes) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  // RFC 6052 §2.1.
  constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0};
  // ::, ::1, and the IPv4-compatible addresses that nobody may use any more (RFC 4291 §2.5.5.1).
  constexpr std::array<std::uint8_t, 12> kZero = {};
  if (std::memcmp(bytes, kZero.data(), 12) == 0) return AddressScope::kLoopback;
  if (std::memcmp(bytes, kMapped.data(), 12) == 0 || std::memcmp(bytes, kNat64.data(), 12) == 0) {
    return scope_of_v4(four_bytes(bytes + 12));
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return scope_of_v4(four_bytes(bytes + 2));
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return AddressScope::kLinkLocal;
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0xC0) return AddressScope::kPrivate;  // RFC 3879
  if ((bytes[0] & 0xFE) == 0xFC) return AddressScope::kPrivate;
  const bool documentation =
      bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
  // RFC 4291 §2.4: only this eighth is given out.
  return (bytes[0] & 0xE0) == 0x20 && !documentation ? AddressScope::kGlobal : AddressScope::kOther;
}

}  // namespace

AddressScope address_scope(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return scope_of_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return scope_of_v6(v6.sin6_addr.s6_addr);
  }
  return AddressScope::kOther;
}

std::string_view to_string(AddressScope scope) {
  switch (scope) {
    case AddressScope::kGlobal:
      return "global";
    case AddressScope::kPrivate:
      return "private";
    case AddressScope::kLinkLocal:
      return "link-local";
    case AddressScope::kLoopback:
      return "loopback";
    case AddressScope::kOther:
      return "reserved";
  }
  broken_invariant("an address of no scope");
}

}  // namespace sallyport::net
