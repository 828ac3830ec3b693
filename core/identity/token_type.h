// Tells access tokens from ID tokens. An ID token says to a client who logged in; it is no key to
// anything, and its audience is that client. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/config/issuer.h"
#include "core/result.h"

namespace sallyport::identity {

enum class TokenKind {
  kJwt,  // nothing in it says which
  kAccess,
  kId
};

// "jwt", "access_token", "id_token": how a principal says what it was known by.
std::string_view to_string(TokenKind kind);

// By `typ` of the header (RFC 9068 §2.1: at+jwt), `token_use` (Amazon Cognito) and `typ` of the
// claims (Keycloak: Bearer, ID); without those by what only ID tokens have (OpenID Connect Core §2,
// §3.3.2.11). Refused: one that says both, a security event (RFC 8417), and one that is not what
// `wanted` asks for. What does not say which it is, is taken only where any is.
Result<TokenKind> check_token_type(const nlohmann::json& claims, bool header_says_access,
                                   config::TokenType wanted);

}  // namespace sallyport::identity
