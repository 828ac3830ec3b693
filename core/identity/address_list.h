// Lists of addresses and networks as `source-address` of an SSH certificate has them:
// "192.0.2.0/24,2001:db8::/32,198.51.100.7". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::identity {

// False also when the list or the address is not well-formed: half of a list opens nothing.
bool address_in_list(std::string_view address, std::string_view list);

// "192.0.2.7/32", "2001:db8::7/128"; an IPv4 address that came through IPv6 is IPv4. Nothing: not
// an address.
std::optional<std::string> single_address(std::string_view address);

}  // namespace sallyport::identity
