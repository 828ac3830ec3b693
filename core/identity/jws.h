// Signed tokens in the compact form (RFC 7515 §7.1). Pure: bytes and keys in, payload out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/identity/key_set.h"

namespace sallyport::identity {

struct Jws {
  Algorithm algorithm = Algorithm::kRs256;
  std::optional<std::string> kid;
  bool says_access_token = false;  // `typ` is at+jwt (RFC 9068 §2.1)
  std::string payload;
  std::string signature;
  std::string signing_input;  // header and payload as sent, with the dot
};

// Splits and decodes, nothing is believed yet. Refused: what is not exactly three canonical
// base64url parts; headers with repeated members, an algorithm outside Algorithm, a key or a place
// to get one (`jwk`, `jku`, `x5u`, `x5c`), extensions (`crit`, `b64`, `zip`), a nested token
// (`cty`, `enc`), or a `typ` of something else. kMalformed or kUnauthenticated.
Result<Jws> parse_jws(std::string_view token);

// The key, when the signature is right, made with an allowed algorithm by the key the header names.
// kNotFound: a newer key set may help. kUnauthenticated: it will not.
Result<const KeySet::Key*> verify_signature(const Jws& jws, const KeySet& keys,
                                            std::span<const Algorithm> allowed);

// Both: the payload of a token that verifies.
Result<std::string> verify_jws(std::string_view token, const KeySet& keys,
                               std::span<const Algorithm> allowed);

}  // namespace sallyport::identity
