// What a token says (RFC 7519 §4), held against what its issuer may say. Pure.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/config/issuer.h"
#include "core/identity/token_type.h"
#include "core/result.h"

namespace sallyport::identity {

struct Claims {
  std::string subject;
  std::vector<std::string> actors;  // outermost first (RFC 8693 §4.1)
  std::vector<std::string> groups;
  TokenKind kind = TokenKind::kJwt;
  // From when on the token is refused: `exp` and the skew that clocks are allowed.
  WallTime refused_from{};
};

// A payload that was parsed and is not believed yet.
class UnverifiedClaims {
 public:
  // An error when it is not a JSON object or breaks the rules of strict_json.h.
  static Result<UnverifiedClaims> parse(std::string_view payload);
  UnverifiedClaims(UnverifiedClaims&& other) noexcept;
  UnverifiedClaims& operator=(UnverifiedClaims&& other) noexcept;
  ~UnverifiedClaims();

  // As claimed; empty when absent or not text.
  std::string issuer() const;
  std::string subject(const config::ClaimPath& path) const;

  // The claims, when all that the issuer's configuration asks for holds at `now`.
  // `says_access_token`: what the header had to say (jws.h).
  Result<Claims> check(const config::Issuer& issuer, bool says_access_token, WallTime now) const;

 private:
  explicit UnverifiedClaims(std::unique_ptr<nlohmann::json> object);
  std::unique_ptr<nlohmann::json> object_;
};

}  // namespace sallyport::identity
