#include "tools/admin/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace sallyport::admin {
namespace {

using config::AdminUser;

bool has(const std::vector<std::string>& groups, std::string_view group) {
  return std::ranges::find(groups, group) != groups.end();
}

bool gives(const config::Admin& admin, const std::vector<std::string>& groups,
           Privilege privilege) {
  if (has(groups, "admin")) return true;
  // Separation of duties (AC-5): who looks after the others changes nothing.
  if (has(groups, "auditor") && !config::changes(privilege)) return true;
  // Approvers decide on commands that are brought to them; public keys are everybody's.
  if (has(groups, "approver") && privilege == Privilege::kReadCa) return true;
  return std::ranges::any_of(groups, [&](const std::string& group) {
    auto own = admin.groups.find(group);
    return own != admin.groups.end() &&
           std::ranges::find(own->second, privilege) != own->second.end();
  });
}

Caller caller_of(const config::Admin& admin, const AdminUser& user) {
  Caller out;
  out.subject = user.subject;
  out.groups = user.groups;
  out.privileges = privileges_of(admin, user.groups);
  return out;
}

}  // namespace

bool may(const Caller& caller, Privilege privilege) {
  return std::ranges::find(caller.privileges, privilege) != caller.privileges.end();
}

std::optional<Caller> caller_of_uid(const config::Admin& admin, unsigned uid) {
  for (const AdminUser& user : admin.users)
    if (user.uid && *user.uid == uid) return caller_of(admin, user);
  return std::nullopt;
}

std::optional<Caller> caller_of_principal(const config::Admin& admin, const Principal& principal) {
  if (!principal.actors.empty() || principal.auth_method == "ticket") return std::nullopt;
  for (const AdminUser& user : admin.users)
    if (!user.issuer.empty() && user.issuer == principal.issuer && !user.subject.empty() &&
        user.subject == principal.subject) {
      Caller out = caller_of(admin, user);
      out.principal = principal;
      return out;
    }
  return std::nullopt;
}

std::vector<Privilege> privileges_of(const config::Admin& admin,
                                     const std::vector<std::string>& groups) {
  std::vector<Privilege> out;
  for (Privilege privilege : config::all_privileges())
    if (gives(admin, groups, privilege)) out.push_back(privilege);
  return out;
}

std::vector<Conflict> conflicts(const config::Admin& admin) {
  // One person may have several entries: a uid here and a token there.
  std::map<std::string, std::vector<std::string>> groups;
  for (const AdminUser& user : admin.users)
    groups[user.subject].insert(groups[user.subject].end(), user.groups.begin(), user.groups.end());
  std::vector<Conflict> out;
  std::set<std::string> told;
  for (const AdminUser& user : admin.users) {
    const std::vector<std::string>& all = groups[user.subject];
    auto held = privileges_of(admin, all);
    auto changing = std::ranges::find_if(held, config::changes);
    if (!has(all, "auditor") || changing == held.end()) continue;
    if (!told.insert(user.subject).second) continue;
    out.push_back({user.position,
                   fmt::format("{} is an auditor and may also {}: separate the two duties (AC-5)",
                               user.subject, config::to_string(*changing))});
  }
  return out;
}

}  // namespace sallyport::admin
