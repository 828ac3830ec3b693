// How far an IP address reaches (RFC 6890 and the registries it names). Pure.
#pragma once

#include <string_view>

struct sockaddr;

namespace sallyport::net {

enum class AddressScope {
  kGlobal,
  kPrivate,    // RFC 1918, RFC 6598, RFC 4193
  kLinkLocal,  // where clouds keep their metadata services
  kLoopback,   // with 0.0.0.0/8 and ::, which lead there as well
  kOther       // multicast, documentation, reserved, and what is no IP address
};

// An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4) has that one's scope.
AddressScope address_scope(const sockaddr& address);

// "global", "private" …
std::string_view to_string(AddressScope scope);

}  // namespace sallyport::net
