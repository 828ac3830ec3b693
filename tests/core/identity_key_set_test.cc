#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/identity/key_set.h"
#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

json sample_keys() {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/tests/data/jose/jwks.json");
  REQUIRE(file);
  return json::parse(file)["keys"];
}

json key(const std::string& kid) {
  for (const json& one : sample_keys()) {
    if (one["kid"] == kid) return one;
  }
  FAIL("no such key: " + kid);
  return {};
}

Result<KeySet> parse(const json& keys) { return KeySet::parse(json{{"keys", keys}}.dump()); }

// "" when the key can be used, else why not.
std::string verdict(const json& one) {
  const Result<KeySet> set = parse(json::array({one}));
  return set ? "" : set.error().detail;
}

std::string with(json one, const char* name, const json& value) {
  one[name] = value;
  return verdict(one);
}

TEST_CASE("Keys that cannot verify a token are left out, with the reason, and the others serve") {
  const Result<KeySet> set = parse(sample_keys());
  REQUIRE(set);
  CHECK(set->keys().size() == 3);
  CHECK(set->skipped().size() == sample_keys().size() - 3);
  CHECK(set->find("rs-1", Algorithm::kRs256));
  CHECK(set->find("es-1", Algorithm::kEs256));
  CHECK(set->find("ed-1", Algorithm::kEdDsa));
  for (const char* kid : {"enc-1", "oct-1", "weak-1", "unknown-kty", "none"}) {
    const auto found = set->find(kid, Algorithm::kRs256);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::kNotFound);
  }
}

TEST_CASE("A key serves its own algorithm only") {
  const Result<KeySet> set = parse(sample_keys());
  REQUIRE(set);
  for (const Algorithm algorithm : {Algorithm::kPs256, Algorithm::kRs384, Algorithm::kEs256}) {
    const auto found = set->find("rs-1", algorithm);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::kUnauthenticated);
  }
  json any = key("rs-1");
  any.erase("alg");
  const Result<KeySet> open = parse(json::array({any}));
  REQUIRE(open);
  CHECK(open->find("rs-1", Algorithm::kPs512));
  CHECK_FALSE(open->find("rs-1", Algorithm::kEs256));
}

TEST_CASE("A key is known by the thumbprint of what makes it (RFC 7638 §3.1)") {
  const json rsa = {
      {"kty", "RSA"},
      {"n",
       "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
       "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
       "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
       "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"},
      {"e", "AQAB"},
      {"alg", "RS256"},
      {"kid", "2011-04-29"}};
  const Result<KeySet> set = parse(json::array({rsa}));
  REQUIRE(set);
  const std::string thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
  CHECK(set->keys().front().thumbprint == thumbprint);
  CHECK(set->holds(thumbprint));
  CHECK_FALSE(set->holds("2011-04-29"));
  json renamed = rsa;
  renamed["kid"] = "another";
  CHECK(parse(json::array({renamed}))->holds(thumbprint));
}

TEST_CASE("Without a key id the only key that fits is taken, and of several none") {
  const json rsa = key("rs-1");
  json second = rsa;
  second["kid"] = "rs-2";
  const Result<KeySet> one = parse(json::array({rsa, key("es-1")}));
  const Result<KeySet> two = parse(json::array({rsa, second}));
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->find(std::nullopt, Algorithm::kRs256));
  CHECK_FALSE(one->find(std::nullopt, Algorithm::kEdDsa));
  CHECK_FALSE(two->find(std::nullopt, Algorithm::kRs256));
  CHECK(two->find("rs-2", Algorithm::kRs256));
}

TEST_CASE("Two keys of one id serve only when one of them fits") {
  json ec = key("es-1");
  ec["kid"] = "rs-1";
  const Result<KeySet> apart = parse(json::array({key("rs-1"), ec}));
  REQUIRE(apart);
  CHECK(apart->find("rs-1", Algorithm::kRs256));
  CHECK(apart->find("rs-1", Algorithm::kEs256));
  const Result<KeySet> alike = parse(json::array({key("rs-1"), key("rs-1")}));
  REQUIRE(alike);
  CHECK_FALSE(alike->find("rs-1", Algorithm::kRs256));
}

TEST_CASE("A key's use, operations, algorithm and numbers are held against its purpose") {
  const json rsa = key("rs-1");
  const json ec = key("es-1");
  const json ed = key("ed-1");
  CHECK(verdict(rsa) == "");
  CHECK(with(rsa, "use", "enc") != "");
  CHECK(with(rsa, "key_ops", {"verify"}) == "");
  CHECK(with(rsa, "key_ops", {"sign"}) != "");
  CHECK(with(rsa, "key_ops", "verify") != "");
  CHECK(with(rsa, "alg", "RSA-OAEP") != "");
  CHECK(with(rsa, "alg", "ES256") != "");
  CHECK(with(rsa, "alg", 1) != "");
  CHECK(with(rsa, "kid", 1) != "");
  CHECK(with(rsa, "d", "AQAB") != "");
  CHECK(with(rsa, "e", "AQ") != "");
  CHECK(with(rsa, "e", "AAEAAQ") != "");
  CHECK(with(rsa, "e", "Ag") != "");
  CHECK(with(rsa, "e", "AQAB=") != "");
  CHECK(with(rsa, "n", rsa["n"].get<std::string>() + "AA") != "");
  CHECK(with(rsa, "n", std::string(1400, 'B')) != "");
  CHECK(with(ec, "crv", "P-384") != "");
  CHECK(with(ec, "crv", "secp256k1") != "");
  CHECK(with(ec, "y", ec["x"]) != "");
  CHECK(with(ec, "x", "AA") != "");
  CHECK(with(ed, "crv", "X25519") != "");
  CHECK(with(ed, "x", "AA") != "");
}

TEST_CASE("A document that is no key set, too large or without a key is refused") {
  for (const char* text : {"", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1,null]}",
                           "{\"keys\":[],\"keys\":[]}"}) {
    CAPTURE(text);
    CHECK_FALSE(KeySet::parse(text));
  }
  CHECK_FALSE(KeySet::parse(std::string(kKeySetBytes + 1, ' ')));
  json many = json::array();
  while (many.size() < kKeys) many.push_back(key("ed-1"));
  CHECK(parse(many));
  many.push_back(key("ed-1"));
  CHECK_FALSE(parse(many));
}

TEST_CASE("The algorithms that are verified are known by their names and no others") {
  CHECK(default_algorithms().size() == 10);
  for (const Algorithm algorithm : default_algorithms()) {
    CHECK(parse_algorithm(to_string(algorithm)) == algorithm);
  }
  for (const char* name : {"none", "None", "HS256", "rs256", "RS256 ", "ES256K", ""}) {
    CHECK_FALSE(parse_algorithm(name));
  }
}

}  // namespace
}  // namespace sallyport::identity
