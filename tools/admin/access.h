// Who may do what on the admin socket and the admin address: the one table of it. A caller is a
// person of `admin.users`, found by the uid of the socket's peer or by the issuer and subject of a
// verified token; uid 0 has no right that is not written there. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/principal.h"

namespace sallyport::admin {

struct Caller {
  std::string subject;
  std::vector<std::string> groups;
};

enum class Privilege {
  kReadSessions,  // list, show, tail
  kEndSession,
};

std::string_view to_string(Privilege privilege);

bool may(const Caller& caller, Privilege privilege);

std::optional<Caller> caller_of_uid(const std::vector<config::AdminUser>& users, unsigned uid);
std::optional<Caller> caller_of_principal(const std::vector<config::AdminUser>& users,
                                          const Principal& principal);

}  // namespace sallyport::admin
