// One issuer of `identity.issuers` as values: whose tokens are accepted, and what is asked of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sallyport::config {

// Where a claim stands in a token: member names (or positions of a list) from the outside in; at
// least one.
using ClaimPath = std::vector<std::string>;

// A claim without which a token is refused: one of the values, or a list that holds one of them.
struct RequiredClaim {
  std::string name;  // as configured, for messages
  ClaimPath path;
  std::vector<std::variant<bool, std::int64_t, double, std::string>> values;
};

// Which of a provider's tokens are meant for us (identity/token_type.h tells them apart).
enum class TokenType { kAny, kAccess, kId };

enum class IssuerType { kOidc, kDevelopment };

struct Issuer {
  std::string name;
  IssuerType type = IssuerType::kOidc;
  std::string issuer;            // `iss`, byte for byte
  std::string audience;          // one of `aud`
  bool strict_audience = false;  // the only one in `aud`
  // E.g. RS256; empty: the default list of identity/algorithms.h.
  std::vector<std::string> algorithms;
  TokenType token_type = TokenType::kAny;
  ClaimPath subject_claim{"sub"};
  ClaimPath groups_claim{"groups"};
  std::vector<RequiredClaim> required_claims;
  std::chrono::seconds max_token_lifetime{24 * 3600};

  std::string jwks;  // absolute path or URL of the key set; empty: found by discovery
  std::string ca;    // CA bundle for what is fetched; empty: the system's
  // A fetched key set is fetched again after this time at the latest, …
  std::chrono::seconds refresh_keys{3600};
  // … and used for this long after the last fetch that succeeded.
  std::chrono::seconds keep_keys{24 * 3600};

  std::string key;  // development: PEM path of the Ed25519 private key

  bool fetches_keys() const {
    return type == IssuerType::kOidc && (jwks.empty() || jwks.find("://") != std::string::npos);
  }
};

}  // namespace sallyport::config
