// Who acts: made by the authenticator from a credential that was verified, never from a name a
// client claims. The identity key is (issuer, subject).
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"

namespace sallyport {

struct Principal {
  std::string issuer;   // the configured issuer's name, e.g. "corp"
  std::string subject;  // `sub`
  // The delegation chain (RFC 8693 §4.1), outermost actor first: on whose hands the subject runs.
  std::vector<std::string> actors;
  std::vector<std::string> groups;
  std::string auth_method;    // "jwt", "access_token", "id_token", "ticket", "certificate"
  std::string credential_id;  // SHA-256 of the token in hex: names it without revealing it
  std::string
      key_id;  // thumbprint of the issuer's key that signed it; empty: not a signed credential
  // When not empty, the only target and the only role this credential is good for (a ticket's
  // binding).
  std::string bound_target;
  std::string bound_role;
  // Until when the identity is vouched for: the token's own expiry and the clocks' skew.
  WallTime expires_at{};

  // The outermost actor, or empty.
  std::string actor() const { return actors.empty() ? std::string() : actors.front(); }
};

}  // namespace sallyport
