// The built-in issuer for trying the broker out and for tests: one Ed25519 key that signs and
// verifies. Only in force when the configuration has an issuer of type development. Blocking (reads
// the key file).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config/config.h"
#include "core/identity/key_set.h"
#include "core/result.h"

namespace sallyport::identity {

// A new private key as PEM (PKCS #8), for `sallyport init`; to be written with mode 0600.
Result<std::string> make_dev_key();

// What its tokens are verified with; the key id is the thumbprint (RFC 7638).
Result<KeySet> load_dev_keys(const config::Issuer& issuer);

// A signed token of the issuer, which must be of type development. `actor` may be empty. Refused:
// names that the authenticator would refuse, and a lifetime that is not positive or beyond the
// issuer's maximum.
Result<std::string> issue_token(const config::Issuer& issuer, const std::string& subject,
                                const std::vector<std::string>& groups, const std::string& actor,
                                std::chrono::seconds ttl, WallTime now);

}  // namespace sallyport::identity
