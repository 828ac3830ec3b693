// Host and port as one text, in the configuration: "db.internal:5432", "127.0.0.1:8080",
// "[::1]:8080".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::config {

struct HostPort {
  std::string host;  // name or address, no brackets
  std::uint16_t port = 0;
};

// Strict: an IPv6 address needs its brackets, a name has 1 to 253 letters, digits, hyphens,
// underscores and dots in labels of 1 to 63, a port is 0 to 65535 in decimal without sign or
// leading zeros.
std::optional<HostPort> parse_host_port(std::string_view text);

// The host part alone: an IPv4 address, an IPv6 address without brackets, or a name as above.
bool is_host(std::string_view host);
bool is_ip_address(std::string_view host);
// 127.0.0.0/8 and ::1; names never are.
bool is_loopback_address(std::string_view host);

}  // namespace sallyport::config
