#include "core/identity/jws.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/identity/base64url.h"
#include "core/identity/limits.h"
#include "core/identity/strict_json.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

// RFC 8725 §3.10 and RFC 7515 §4.1: none of these is ours to follow. A key in the header proves
// only that the sender has a key; an extension that must be understood is one we do not; a nested
// or compressed content is not claims.
constexpr std::array<std::string_view, 9> kRefusedMembers = {"jwk", "jku", "x5u", "x5c", "crit",
                                                             "b64", "zip", "cty", "enc"};

Error malformed(std::string why) { return {ErrorCode::kMalformed, std::move(why)}; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// RFC 7515 §4.1.9: a media type, case aside, whose "application/" may be left out. RFC 9068 §2.1
// has at+jwt.
std::string token_type(const json& value) {
  if (!value.is_string()) return {};
  std::string type = lower(value.get<std::string>());
  constexpr std::string_view kPrefix = "application/";
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  return type;
}

Result<void> read_header(std::string_view text, Jws& jws) {
  json header;
  if (const Result<void> parsed = parse_strict_json(text, header); !parsed) {
    return malformed("the token's header " + parsed.error().detail);
  }
  if (!header.is_object()) return malformed("the token's header is not an object");
  for (const std::string_view name : kRefusedMembers) {
    if (header.contains(name)) {
      return malformed("the token's header has \"" + std::string(name) +
                       "\", which is not accepted");
    }
  }
  if (header.contains("typ")) {
    const std::string type = token_type(header["typ"]);
    jws.says_access_token = type == "at+jwt";
    if (type != "jwt" && !jws.says_access_token) {
      return malformed("the token's \"typ\" is not that of a JWT");
    }
  }
  if (!header.contains("alg") || !header["alg"].is_string()) {
    return malformed("the token's header names no algorithm");
  }
  const std::optional<Algorithm> algorithm =
      parse_algorithm(header["alg"].get_ref<const std::string&>());
  if (!algorithm) {
    return Error{ErrorCode::kUnauthenticated, "the token's algorithm is not accepted"};
  }
  jws.algorithm = *algorithm;
  if (!header.contains("kid")) return {};
  const json& kid = header["kid"];
  if (!kid.is_string() || kid.get_ref<const std::string&>().empty() ||
      kid.get_ref<const std::string&>().size() > kNameBytes) {
    return malformed("the token's \"kid\" is not a short string");
  }
  jws.kid = kid.get<std::string>();
  return {};
}

}  // namespace

Result<Jws> parse_jws(std::string_view token) {
  if (token.size() > kTokenBytes) return Error{ErrorCode::kLimit, "the token is too long"};
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return malformed("a token has exactly three parts");
  }
  const std::optional<std::string> header = base64url_decode(token.substr(0, first));
  std::optional<std::string> payload =
      base64url_decode(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = base64url_decode(token.substr(second + 1));
  if (!header || !payload || !signature) return malformed("a part of the token is not base64url");
  Jws jws;
  if (const Result<void> read = read_header(*header, jws); !read) return read.error();
  if (signature->empty()) {
    return Error{ErrorCode::kUnauthenticated, "the token has no signature"};
  }
  jws.payload = *std::move(payload);
  jws.signature = *std::move(signature);
  jws.signing_input = token.substr(0, second);
  return jws;
}

Result<const KeySet::Key*> verify_signature(const Jws& jws, const KeySet& keys,
                                            std::span<const Algorithm> allowed) {
  if (std::find(allowed.begin(), allowed.end(), jws.algorithm) == allowed.end()) {
    return Error{ErrorCode::kUnauthenticated, "the token's algorithm is not accepted"};
  }
  Result<const KeySet::Key*> key = keys.find(jws.kid, jws.algorithm);
  if (!key) return key.error();
  if (!(*key)->key.verify(jws.algorithm, jws.signing_input, jws.signature)) {
    return Error{ErrorCode::kUnauthenticated, "the token's signature is wrong"};
  }
  return key;
}

Result<std::string> verify_jws(std::string_view token, const KeySet& keys,
                               std::span<const Algorithm> allowed) {
  Result<Jws> jws = parse_jws(token);
  if (!jws) return jws.error();
  if (const auto verified = verify_signature(*jws, keys, allowed); !verified) {
    return verified.error();
  }
  return std::move(jws->payload);
}

}  // namespace sallyport::identity
