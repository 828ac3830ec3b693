// Whom and what a command is judged for: the facts that are known when a session opens. Plain
// values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/principal.h"

namespace sallyport::policy {

// An absent member is not known. Tests on it then see an empty fact, and roles do not mind: absent
// `target` and `issuer` fit every role, absent `groups` every role that has groups; absent
// `subject` fits roles that have subjects only when `groups` is absent too, so that naming a group
// does not also grant what belongs to persons. For a session everything is known.
struct Scope {
  std::optional<std::string> issuer;
  std::optional<std::string> subject;
  std::optional<std::vector<std::string>> groups;
  std::optional<std::string> actor;  // the current one; a principal without actors has none
  std::optional<std::string> target;
  std::optional<std::string> role;  // the only one the credential is good for
  std::string protocol;

  static Scope of(const Principal& principal, std::string_view target, std::string_view protocol);
};

}  // namespace sallyport::policy
