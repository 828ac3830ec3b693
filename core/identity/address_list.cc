#include "core/identity/address_list.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace sallyport::identity {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  unsigned bits = 0;  // 32 or 128
};

// ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
bool is_mapped(const std::array<unsigned char, 16>& bytes) {
  for (std::size_t i = 0; i < 10; ++i)
    if (bytes[i] != 0) return false;
  return bytes[10] == 0xFF && bytes[11] == 0xFF;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Address out;
  if (::inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
    return out;
  }
  if (::inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) != 1) return std::nullopt;
  out.bits = 128;
  if (!is_mapped(out.bytes)) return out;
  Address v4;
  v4.bits = 32;
  for (std::size_t i = 0; i < 4; ++i) v4.bytes[i] = out.bytes[12 + i];
  return v4;
}

struct Network {
  Address address;
  unsigned prefix = 0;
};

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network{*address, address->bits};
  if (slash == std::string_view::npos) return network;
  const std::string_view prefix = text.substr(slash + 1);
  const char* last = prefix.data() + prefix.size();
  const auto [end, error] = std::from_chars(prefix.data(), last, network.prefix);
  if (error != std::errc() || end != last || network.prefix > address->bits) return std::nullopt;
  return network;
}

bool contains(const Network& network, const Address& address) {
  if (network.address.bits != address.bits) return false;
  for (unsigned bit = 0; bit < network.prefix; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    const unsigned differ = network.address.bytes[bit / 8] ^ address.bytes[bit / 8];
    if ((differ & mask) != 0) return false;
  }
  return true;
}

}  // namespace

bool address_in_list(std::string_view address, std::string_view list) {
  const std::optional<Address> wanted = parse_address(address);
  if (!wanted || list.empty()) return false;
  bool found = false;
  for (;;) {
    const std::size_t comma = list.find(',');
    const std::optional<Network> network = parse_network(list.substr(0, comma));
    if (!network) return false;
    found = found || contains(*network, *wanted);
    if (comma == std::string_view::npos) return found;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::string> single_address(std::string_view address) {
  const std::optional<Address> parsed = parse_address(address);
  if (!parsed) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = parsed->bits == 32 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, parsed->bytes.data(), text.data(), text.size()) == nullptr)
    return std::nullopt;
  return std::string(text.data()) + "/" + std::to_string(parsed->bits);
}

}  // namespace sallyport::identity
