// Who may do what on the admin socket and the admin address: the one table of it. A caller is a
// person of `admin.users`, found by the uid of the socket's peer or by the issuer and subject of a
// verified token; uid 0 has no right that is not written there. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/config/privilege.h"
#include "core/principal.h"

namespace sallyport::admin {

using config::Privilege;

struct Caller {
  std::string subject;
  std::vector<std::string> groups;
  std::vector<Privilege> privileges;   // what the groups give together
  std::string via;                     // "uid 1000" or "token"
  std::string address;                 // of the peer, for the record
  std::optional<Principal> principal;  // of the token; nothing with a uid
};

bool may(const Caller& caller, Privilege privilege);

std::optional<Caller> caller_of_uid(const config::Admin& admin, unsigned uid);
// Nothing for an agent that acts for a person, and for a ticket: people show their own token.
std::optional<Caller> caller_of_principal(const config::Admin& admin, const Principal& principal);

// What the groups give together: `admin` everything, `auditor` what changes nothing, `approver` the
// public keys, and the deployment's own groups what `admin.groups` says.
std::vector<Privilege> privileges_of(const config::Admin& admin,
                                     const std::vector<std::string>& groups);

// A duty that one person should not have beside another (AC-5), with the place of an entry.
struct Conflict {
  config::Position position;
  std::string message;
};
std::vector<Conflict> conflicts(const config::Admin& admin);

}  // namespace sallyport::admin
