// Wycheproof's vectors are read where they are; a checkout without them skips these tests and says
// so.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/identity/base64url.h"
#include "core/identity/jws.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

std::optional<json> load(const std::string& name) {
  const char* configured = std::getenv("SALLYPORT_VECTORS");
  const std::string folder =
      configured != nullptr ? configured : std::string(SALLYPORT_SOURCE_DIR) + "/../shared/vectors";
  std::ifstream file(folder + "/jose/wycheproof_" + name + "_test.json");
  if (!file) {
    std::cout << "skipped: 1 file of Wycheproof vectors (" << name << ") is not here\n";
    return std::nullopt;
  }
  return json::parse(file);
}

// The group's keys as a key set. Groups of shared secrets have no public key: theirs must be
// refused too.
std::string key_set_of(const json& group) {
  const json& keys = group.contains("public") ? group["public"] : group["private"];
  if (keys.contains("keys")) return keys.dump();
  return json{{"keys", {keys}}}.dump();
}

bool verifies(const std::string& token, const std::string& jwks) {
  const Result<KeySet> keys = KeySet::parse(jwks);
  return keys && verify_jws(token, *keys, default_algorithms());
}

bool is_ours(const std::string& token) {
  const Result<Jws> jws = parse_jws(token);
  return jws.ok();
}

// RFC 7517 §4.4: these two are signed with PS384 by a key that says it is for PS256.
const std::set<int> kKeyForAnotherAlgorithm = {346, 350};

void check_tokens(const std::string& name, std::size_t least_accepted) {
  const std::optional<json> file = load(name);
  if (!file) return;
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const json& group : (*file)["testGroups"]) {
    for (const json& test : group["tests"]) {
      if (!test.contains("jws") || !test["jws"].is_string()) continue;
      const std::string token = test["jws"];
      const int id = test["tcId"];
      INFO(name << " " << id << " " << test["comment"]);
      const bool excepted = name == "json_web_signature" && kKeyForAnotherAlgorithm.contains(id);
      const bool expected = test["result"] == "valid" && is_ours(token) && !excepted;
      CHECK(verifies(token, key_set_of(group)) == expected);
      ++(expected ? accepted : refused);
    }
  }
  CHECK(accepted >= least_accepted);
  CHECK(refused > 0);
}

TEST_CASE("Wycheproof's JSON Web Signatures get their verdicts") {
  check_tokens("json_web_signature", 30);
}

TEST_CASE("Wycheproof's JSON Web Keys get their verdicts") { check_tokens("json_web_key", 1); }

TEST_CASE("Wycheproof's JSON Web Crypto signatures get their verdicts") {
  check_tokens("json_web_crypto", 2);
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string member(const json& jwk, const char* name) {
  return base64url_decode(jwk[name].get<std::string>()).value();
}

// Raw signatures: the last step alone. "acceptable" ones may go either way.
void check_signatures(const std::string& name, Algorithm algorithm, const char* jwk_name,
                      Result<PublicKey> (*make)(const json&)) {
  const std::optional<json> file = load(name);
  if (!file) return;
  std::size_t count = 0;
  for (const json& group : (*file)["testGroups"]) {
    if (!group.contains(jwk_name)) continue;
    const Result<PublicKey> key = make(group[jwk_name]);
    REQUIRE(key);
    for (const json& test : group["tests"]) {
      if (test["result"] == "acceptable") continue;
      INFO(name << " " << test["tcId"] << " " << test["comment"]);
      CHECK(key->verify(algorithm, from_hex(test["msg"]), from_hex(test["sig"])) ==
            (test["result"] == "valid"));
      ++count;
    }
  }
  CHECK(count > 100);
}

TEST_CASE("Wycheproof's RSA signatures get their verdicts") {
  check_signatures("rsa_signature_2048_sha256", Algorithm::kRs256, "keyJwk", [](const json& jwk) {
    return PublicKey::rsa(member(jwk, "n"), member(jwk, "e"));
  });
}

TEST_CASE("Wycheproof's P-256 signatures get their verdicts") {
  check_signatures("ecdsa_secp256r1_sha256_p1363", Algorithm::kEs256, "publicKeyJwk",
                   [](const json& jwk) {
                     return PublicKey::ec(KeyType::kP256, member(jwk, "x"), member(jwk, "y"));
                   });
}

TEST_CASE("Wycheproof's Ed25519 signatures get their verdicts") {
  check_signatures("ed25519", Algorithm::kEdDsa, "publicKeyJwk",
                   [](const json& jwk) { return PublicKey::ed25519(member(jwk, "x")); });
}

}  // namespace
}  // namespace sallyport::identity
