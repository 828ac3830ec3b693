#include "core/identity/key_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/identity/base64url.h"
#include "core/identity/digest.h"
#include "core/identity/limits.h"
#include "core/identity/strict_json.h"
#include "core/json_writer.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

// Reads one member of `keys`.
class KeyReader {
 public:
  static Result<KeySet::Key> read(const json& jwk) {
    if (!jwk.is_object()) return skip("is not an object");
    // A private key that was published is anybody's.
    if (jwk.contains("d") || jwk.contains("p") || jwk.contains("k")) {
      return skip("holds a private or shared key");
    }
    if (!for_signatures(jwk)) return skip("is not for verifying signatures");
    Result<PublicKey> key = read_key(jwk);
    if (!key) return key.error();
    KeySet::Key entry{std::nullopt, std::nullopt, std::move(*key), thumbprint(jwk)};
    if (jwk.contains("kid")) {
      const json& kid = jwk["kid"];
      if (!kid.is_string() || kid.get_ref<const std::string&>().size() > kNameBytes) {
        return skip("has a \"kid\" that is not a short string");
      }
      entry.kid = kid.get<std::string>();
    }
    if (jwk.contains("alg")) {
      const json& alg = jwk["alg"];
      if (!alg.is_string()) return skip("has an \"alg\" that is not a string");
      entry.algorithm = named(alg.get_ref<const std::string&>());
      if (!entry.algorithm || key_type(*entry.algorithm) != entry.key.type()) {
        return skip("has an \"alg\" that is not one for its type");
      }
    }
    return entry;
  }

 private:
  static Error skip(const char* why) { return {ErrorCode::kMalformed, why}; }

  // RFC 7520 §3.1's key in Wycheproof says ES521, as do some issuers; the curve tells what is
  // meant.
  static std::optional<Algorithm> named(const std::string& name) {
    return name == "ES521" ? Algorithm::kEs512 : parse_algorithm(name);
  }

  // RFC 7517 §4.2, §4.3.
  static bool for_signatures(const json& jwk) {
    if (jwk.contains("use") && jwk["use"] != "sig") return false;
    if (!jwk.contains("key_ops")) return true;
    const json& operations = jwk["key_ops"];
    return operations.is_array() &&
           std::find(operations.begin(), operations.end(), "verify") != operations.end();
  }

  static std::string member(const json& jwk, const char* name) {
    const auto found = jwk.find(name);
    if (found == jwk.end() || !found->is_string()) return {};
    return base64url_decode(found->get_ref<const std::string&>()).value_or("");
  }

  static Result<PublicKey> read_key(const json& jwk) {
    const std::string type =
        jwk.value("kty", json()).is_string() ? jwk["kty"].get<std::string>() : "";
    if (type == "RSA") return PublicKey::rsa(member(jwk, "n"), member(jwk, "e"));
    const std::string curve =
        jwk.value("crv", json()).is_string() ? jwk["crv"].get<std::string>() : "";
    if (type == "OKP" && curve == "Ed25519") return PublicKey::ed25519(member(jwk, "x"));
    if (type == "EC") {
      const std::string x = member(jwk, "x");
      const std::string y = member(jwk, "y");
      if (curve == "P-256") return PublicKey::ec(KeyType::kP256, x, y);
      if (curve == "P-384") return PublicKey::ec(KeyType::kP384, x, y);
      if (curve == "P-521") return PublicKey::ec(KeyType::kP521, x, y);
    }
    return skip("is of a type or curve we do not verify with");
  }

  // RFC 7638 §3.2 and RFC 8037 §2: the members that make the key, sorted, without white space.
  static std::string thumbprint(const json& jwk) {
    std::string canonical;
    JsonWriter writer(canonical);
    writer.begin_object();
    const bool rsa = jwk["kty"] == "RSA";
    for (const char* name : {"crv", "e", "kty", "n", "x", "y"}) {
      const bool of_rsa = name[0] == 'e' || name[0] == 'n';
      if (name != std::string_view("kty") && of_rsa != rsa) continue;
      if (const auto member = jwk.find(name); member != jwk.end() && member->is_string()) {
        writer.text(name, member->get_ref<const std::string&>());
      }
    }
    writer.end_object();
    return to_base64url(sha256(canonical));
  }
};

}  // namespace

Result<KeySet> KeySet::parse(std::string_view jwks) {
  if (jwks.size() > kKeySetBytes) {
    return Error{ErrorCode::kLimit, fmt::format("is larger than {} bytes", kKeySetBytes)};
  }
  json document;
  if (const Result<void> parsed = parse_strict_json(jwks, document); !parsed) return parsed.error();
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    return Error{ErrorCode::kMalformed, "is not a key set: it has no array \"keys\" (RFC 7517 §5)"};
  }
  const json& members = document["keys"];
  if (members.size() > kKeys) {
    return Error{ErrorCode::kLimit, fmt::format("has more than {} keys", kKeys)};
  }
  KeySet set;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Result<Key> entry = KeyReader::read(members[i]);
    if (entry) {
      set.keys_.push_back(std::move(*entry));
    } else {
      set.skipped_.push_back(fmt::format("key {} {}", i + 1, entry.error().detail));
    }
  }
  if (set.keys_.empty()) {
    std::string why = "has no key that can verify a token";
    if (!set.skipped_.empty()) why += ": " + set.skipped_.front();
    return Error{ErrorCode::kInvalid, std::move(why)};
  }
  return set;
}

KeySet KeySet::of_ed25519(PublicKey key, std::string thumbprint) {
  KeySet set;
  set.keys_.push_back({thumbprint, Algorithm::kEdDsa, std::move(key), thumbprint});
  return set;
}

bool KeySet::holds(std::string_view thumbprint) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& key) { return key.thumbprint == thumbprint; });
}

bool KeySet::same_keys(const KeySet& other) const {
  return std::is_permutation(keys_.begin(), keys_.end(), other.keys_.begin(), other.keys_.end(),
                             [](const Key& a, const Key& b) {
                               return a.thumbprint == b.thumbprint && a.kid == b.kid &&
                                      a.algorithm == b.algorithm;
                             });
}

Result<const KeySet::Key*> KeySet::find(const std::optional<std::string>& kid,
                                        Algorithm algorithm) const {
  const Key* found = nullptr;
  bool named = false;
  for (const Key& entry : keys_) {
    if (kid && entry.kid != kid) continue;
    named = true;
    if (entry.key.type() != key_type(algorithm)) continue;
    if (entry.algorithm && entry.algorithm != algorithm) continue;
    if (found != nullptr) {
      return Error{ErrorCode::kUnauthenticated, "more than one key fits the token"};
    }
    found = &entry;
  }
  if (found != nullptr) return found;
  if (kid && named) {
    return Error{ErrorCode::kUnauthenticated, "the key named is not for the token's algorithm"};
  }
  return Error{ErrorCode::kNotFound, kid ? "no key of the issuer has the token's \"kid\""
                                         : "no key of the issuer fits the token's algorithm"};
}

}  // namespace sallyport::identity
