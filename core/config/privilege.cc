#include "core/config/privilege.h"

namespace sallyport::config {

std::string_view to_string(Privilege privilege) {
  switch (privilege) {
    case Privilege::kReadSessions:
      return "read-sessions";
    case Privilege::kEndSessions:
      return "end-sessions";
    case Privilege::kReadSecrets:
      return "read-secrets";
    case Privilege::kChangeSecrets:
      return "change-secrets";
    case Privilege::kReadAccess:
      return "read-access";
    case Privilege::kChangeAccess:
      return "change-access";
    case Privilege::kReadCa:
      return "read-ca";
  }
  return "unknown";
}

std::optional<Privilege> parse_privilege(std::string_view name) {
  for (Privilege privilege : all_privileges())
    if (to_string(privilege) == name) return privilege;
  return std::nullopt;
}

bool changes(Privilege privilege) {
  switch (privilege) {
    case Privilege::kReadSessions:
    case Privilege::kReadSecrets:
    case Privilege::kReadAccess:
    case Privilege::kReadCa:
      return false;
    case Privilege::kEndSessions:
    case Privilege::kChangeSecrets:
    case Privilege::kChangeAccess:
      return true;
  }
  return true;
}

const std::vector<Privilege>& all_privileges() {
  static const std::vector<Privilege> kAll = {Privilege::kReadSessions, Privilege::kEndSessions,
                                              Privilege::kReadSecrets,  Privilege::kChangeSecrets,
                                              Privilege::kReadAccess,   Privilege::kChangeAccess,
                                              Privilege::kReadCa};
  return kAll;
}

}  // namespace sallyport::config
