#include "core/identity/token_type.h"

#include <nlohmann/json.hpp>

namespace sallyport::identity {
namespace {

using nlohmann::json;

Error refused(const char* why) { return {ErrorCode::kUnauthenticated, why}; }

bool is(const json& claims, const char* name, const char* value) {
  const auto found = claims.find(name);
  return found != claims.end() && *found == value;
}

}  // namespace

std::string_view to_string(TokenKind kind) {
  switch (kind) {
    case TokenKind::kJwt:
      return "jwt";
    case TokenKind::kAccess:
      return "access_token";
    case TokenKind::kId:
      return "id_token";
  }
  broken_invariant("a token of no kind");
}

Result<TokenKind> check_token_type(const json& claims, bool header_says_access,
                                   config::TokenType wanted) {
  if (claims.contains("events")) return refused("the token is a security event");
  const bool access =
      header_says_access || is(claims, "token_use", "access") || is(claims, "typ", "Bearer");
  bool id = is(claims, "token_use", "id") || is(claims, "typ", "ID");
  if (access && id) return refused("the token says it is an access token and an ID token");
  if (!access) {
    id = id || claims.contains("nonce") || claims.contains("at_hash") || claims.contains("c_hash");
  }
  if (wanted == config::TokenType::kAccess && !access) {
    return refused(id ? "the token is an ID token"
                      : "the token does not say it is an access token");
  }
  if (wanted == config::TokenType::kId && !id) {
    return refused(access ? "the token is an access token"
                          : "the token does not say it is an ID token");
  }
  return access ? TokenKind::kAccess : id ? TokenKind::kId : TokenKind::kJwt;
}

}  // namespace sallyport::identity
