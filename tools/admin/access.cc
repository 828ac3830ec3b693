#include "tools/admin/access.h"

#include <algorithm>

namespace sallyport::admin {
namespace {

bool has_group(const Caller& caller, std::string_view group) {
  return std::ranges::find(caller.groups, group) != caller.groups.end();
}

}  // namespace

std::string_view to_string(Privilege privilege) {
  switch (privilege) {
    case Privilege::kReadSessions:
      return "read sessions";
    case Privilege::kEndSession:
      return "end a session";
  }
  return "unknown";
}

bool may(const Caller& caller, Privilege privilege) {
  // An auditor changes nothing, and an approver does neither: separation of duties (AC-5).
  switch (privilege) {
    case Privilege::kReadSessions:
      return has_group(caller, "admin") || has_group(caller, "auditor");
    case Privilege::kEndSession:
      return has_group(caller, "admin");
  }
  return false;
}

std::optional<Caller> caller_of_uid(const std::vector<config::AdminUser>& users, unsigned uid) {
  for (const config::AdminUser& user : users)
    if (user.uid && *user.uid == uid) return Caller{user.subject, user.groups};
  return std::nullopt;
}

std::optional<Caller> caller_of_principal(const std::vector<config::AdminUser>& users,
                                          const Principal& principal) {
  for (const config::AdminUser& user : users)
    if (!user.issuer.empty() && user.issuer == principal.issuer && !user.subject.empty() &&
        user.subject == principal.subject)
      return Caller{user.subject, user.groups};
  return std::nullopt;
}

}  // namespace sallyport::admin
