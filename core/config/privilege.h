// What a person of `admin.users` may be allowed to do on the admin interface: the words that the
// configuration (`admin.groups`), refusals and docs/admin-api.yaml use. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::config {

enum class Privilege {
  kReadSessions,  // list, show, tail
  kEndSessions,
  kReadSecrets,  // the inventory; nobody reads a value
  kChangeSecrets,
  kReadAccess,    // who is known, what they hold, who is shut out
  kChangeAccess,  // disable, enable, unlock
  kReadCa,        // public keys and certificates
};

// "read-sessions"
std::string_view to_string(Privilege privilege);
std::optional<Privilege> parse_privilege(std::string_view name);
// False for those that only read: what an auditor may have (AC-5).
bool changes(Privilege privilege);

// In the order above.
const std::vector<Privilege>& all_privileges();

}  // namespace sallyport::config
