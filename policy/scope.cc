#include "policy/scope.h"

namespace sallyport::policy {

Scope Scope::of(const Principal& principal, std::string_view target, std::string_view protocol) {
  Scope scope;
  scope.issuer = principal.issuer;
  scope.subject = principal.subject;
  scope.groups = principal.groups;
  // RFC 8693 §4.1: only the current actor counts; earlier ones in the chain are informational.
  if (!principal.actors.empty()) scope.actor = principal.actor();
  scope.target = target;
  if (!principal.bound_role.empty()) scope.role = principal.bound_role;
  scope.protocol = protocol;
  return scope;
}

}  // namespace sallyport::policy
