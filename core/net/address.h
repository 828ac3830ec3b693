// Socket addresses as text: "127.0.0.1:8080", "[::1]:0", "unix:/run/x.sock".
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"

namespace sallyport::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// "host:port" or "[host]:port" into its two halves; nullopt when it is neither.
std::optional<std::pair<std::string, std::uint16_t>> split_host_port(std::string_view text);

// A numeric address; nullopt for a name.
std::optional<SocketAddress> numeric_address(const std::string& host, std::uint16_t port);

// The path of "unix:PATH"; nullopt for anything else.
std::optional<std::string> unix_path(std::string_view address);
Result<SocketAddress> unix_address(const std::string& path);

// "10.0.0.7:41234", "[::1]:80", "unix".
std::string to_string(const SocketAddress& address);

}  // namespace sallyport::net
