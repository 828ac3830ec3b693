#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/identity/claims.h"
#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'800'000'000;

config::Issuer issuer() {
  config::Issuer made;
  made.name = "corp";
  made.issuer = "https://idp.example.com/";
  made.audience = "broker";
  made.max_token_lifetime = std::chrono::hours(1);
  return made;
}

json good() {
  return {{"iss", "https://idp.example.com/"},
          {"sub", "agent-7"},
          {"aud", "broker"},
          {"iat", kNow - 10},
          {"exp", kNow + 600}};
}

// "" when accepted, else why not.
std::string verdict(const json& claims, const config::Issuer& by = issuer()) {
  const Result<UnverifiedClaims> parsed = UnverifiedClaims::parse(claims.dump());
  if (!parsed) return parsed.error().detail;
  const Result<Claims> checked = parsed->check(by, false, WallTime(std::chrono::seconds(kNow)));
  return checked ? "" : checked.error().detail;
}

std::string with(const char* name, const json& value) {
  json claims = good();
  claims[name] = value;
  return verdict(claims);
}

std::string without(const char* name) {
  json claims = good();
  claims.erase(name);
  return verdict(claims);
}

Claims accepted(const json& claims, const config::Issuer& by = issuer()) {
  const Result<UnverifiedClaims> parsed = UnverifiedClaims::parse(claims.dump());
  REQUIRE(parsed);
  Result<Claims> checked = parsed->check(by, false, WallTime(std::chrono::seconds(kNow)));
  REQUIRE(checked);
  return *checked;
}

TEST_CASE("Good claims name subject, groups, actors and when the token is refused") {
  json claims = good();
  claims["groups"] = {"dev", "ops"};
  claims["act"] = {{"sub", "assistant"}, {"act", {{"sub", "orchestrator"}}}};
  const Claims read = accepted(claims);
  CHECK(read.subject == "agent-7");
  CHECK(read.groups == std::vector<std::string>{"dev", "ops"});
  CHECK(read.actors == std::vector<std::string>{"assistant", "orchestrator"});
  CHECK(read.refused_from == WallTime(std::chrono::seconds(kNow + 600) + kClockSkew));
}

TEST_CASE("The issuer is compared byte for byte") {
  CHECK(with("iss", "https://idp.example.com") != "");
  CHECK(with("iss", "https://IDP.example.com/") != "");
  CHECK(with("iss", json::array({"https://idp.example.com/"})) != "");
  CHECK(without("iss") != "");
}

TEST_CASE("The audience is ours, alone or in a list, and alone when that is asked for") {
  CHECK(with("aud", {"x", "broker"}) == "");
  CHECK(with("aud", "Broker") != "");
  CHECK(with("aud", json::array()) != "");
  CHECK(with("aud", {"broker", 1}) != "");
  CHECK(with("aud", {{"broker", true}}) != "");
  CHECK(without("aud") != "");
  config::Issuer strict = issuer();
  strict.strict_audience = true;
  json claims = good();
  CHECK(verdict(claims, strict) == "");
  claims["aud"] = {"broker"};
  CHECK(verdict(claims, strict) == "");
  claims["aud"] = {"broker", "x"};
  CHECK(verdict(claims, strict) != "");
  claims["aud"] = {"broker", "broker"};
  CHECK(verdict(claims, strict) != "");
}

TEST_CASE("A token is refused from a minute after exp, and until a minute before nbf and iat") {
  CHECK(with("exp", kNow - 59) == "");
  CHECK(with("exp", kNow - 60) == "the token has expired");
  CHECK(with("nbf", kNow + 60) == "");
  CHECK(with("nbf", kNow + 61) == "the token is not valid yet");
  CHECK(with("iat", kNow + 60) == "");
  CHECK(with("iat", kNow + 61) == "the token was issued in the future");
}

TEST_CASE("Dates are numbers that are dates") {
  CHECK(without("exp") == "the token has no \"exp\"");
  CHECK(with("exp", std::to_string(kNow + 600)) != "");
  CHECK(with("exp", nullptr) != "");
  CHECK(with("exp", 1e300) != "");
  CHECK(with("exp", -1) != "");
  CHECK(with("nbf", "now") != "");
  CHECK(with("iat", true) != "");
  CHECK(with("exp", static_cast<double>(kNow) + 600.5) == "");
  CHECK(without("iat") == "");
}

TEST_CASE("A token does not live longer than the maximum") {
  CHECK(with("exp", kNow - 10 + 3600) == "");
  CHECK(with("exp", kNow - 10 + 3601) != "");
  json claims = good();
  claims.erase("iat");
  claims["exp"] = kNow + 3660;
  CHECK(verdict(claims) == "");
  claims["exp"] = kNow + 3661;
  CHECK(verdict(claims) != "");
}

TEST_CASE("The subject is a name") {
  CHECK(without("sub") == "the token has no \"sub\"");
  CHECK(with("sub", "") != "");
  CHECK(with("sub", 7) != "");
  CHECK(with("sub", nullptr) != "");
  CHECK(with("sub", "a\nb") != "");
  CHECK(with("sub", std::string("a\0b", 3)) != "");
  CHECK(with("sub", "a\x7f") != "");
  CHECK(with("sub", "a\xc2\x85") != "");
  CHECK(with("sub", std::string(255, 'a')) == "");
  CHECK(with("sub", std::string(256, 'a')) != "");
  CHECK(with("sub", "Zoë\xc2\xa0X") == "");
}

TEST_CASE("Groups are a name or a list of names, in the claim that is configured") {
  json claims = good();
  claims["groups"] = "dev";
  CHECK(accepted(claims).groups == std::vector<std::string>{"dev"});
  CHECK(with("groups", json::array()) == "");
  CHECK(with("groups", {{"dev", true}}) != "");
  CHECK(with("groups", {"dev", 1}) != "");
  CHECK(with("groups", {"dev\n"}) != "");
  CHECK(with("groups", 5) != "");
  CHECK(with("groups", json(std::vector<std::string>(kGroups, "g"))) == "");
  CHECK(with("groups", json(std::vector<std::string>(kGroups + 1, "g"))) != "");
  config::Issuer roles = issuer();
  roles.groups_claim = {"roles"};
  claims["roles"] = {"ops"};
  CHECK(accepted(claims, roles).groups == std::vector<std::string>{"ops"});
}

TEST_CASE("A chain of actors is read to its limit and refused beyond it") {
  const auto chain = [](std::size_t actors) {
    json act;
    for (std::size_t i = 0; i < actors; ++i) {
      json outer = {{"sub", "a" + std::to_string(i)}};
      if (i > 0) outer["act"] = act;
      act = outer;
    }
    return act;
  };
  CHECK(with("act", chain(kActors)) == "");
  CHECK(with("act", chain(kActors + 1)) == "the chain of actors is too long");
  CHECK(with("act", "assistant") != "");
  CHECK(with("act", json::object()) != "");
  CHECK(with("act", {{"sub", ""}}) != "");
  CHECK(with("act", {{"sub", "a"}, {"act", 1}}) != "");
}

TEST_CASE("A payload that is not an object of claims is refused") {
  for (const char* text : {"", "[]", "\"a\"", "null", "{\"iss\":1,\"iss\":2}", "{}x"}) {
    CHECK_FALSE(UnverifiedClaims::parse(text));
  }
}

TEST_CASE("A single text with a space or a comma is no group") {
  json claims = good();
  claims["groups"] = "agents";
  CHECK(accepted(claims).groups == std::vector<std::string>{"agents"});
  for (const char* text : {"read write", "read,write", "read, write"}) {
    claims["groups"] = text;
    CHECK(verdict(claims) == "the groups claim is one text with a space or a comma, not a list");
    // A name of a list is whole as it stands.
    claims["groups"] = json::array({text});
    CHECK(accepted(claims).groups == std::vector<std::string>{text});
  }
}

TEST_CASE("Subject and groups are found where the configuration says") {
  json claims = good();
  claims["oid"] = "7f3a";
  claims["realm_access"] = {{"roles", {"agents"}}};
  claims["https://example.com/teams"] = json::array({json::array({"x"}), {{"name", "blue"}}});
  config::Issuer nested = issuer();
  nested.subject_claim = {"oid"};
  nested.groups_claim = {"realm_access", "roles"};
  CHECK(accepted(claims, nested).subject == "7f3a");
  CHECK(accepted(claims, nested).groups == std::vector<std::string>{"agents"});
  nested.groups_claim = {"https://example.com/teams", "1", "name"};
  CHECK(accepted(claims, nested).groups == std::vector<std::string>{"blue"});
  for (const config::ClaimPath& nowhere :
       {config::ClaimPath{"https://example.com/teams", "01", "name"},
        config::ClaimPath{"https://example.com/teams", "2"}, config::ClaimPath{"oid", "x"},
        config::ClaimPath{"realm_access", "role"}}) {
    nested.groups_claim = nowhere;
    CHECK(accepted(claims, nested).groups.empty());
  }
  nested.subject_claim = {"realm_access", "id"};
  CHECK(verdict(claims, nested) == "the token has no \"/realm_access/id\"");
  nested.subject_claim = {"realm_access", "roles"};
  CHECK(verdict(claims, nested) == "\"/realm_access/roles\" is not a name");
}

TEST_CASE("A required claim has one of its values, or is a list with one") {
  config::Issuer strict = issuer();
  strict.required_claims = {{"repo", {"repo"}, {std::string("42"), std::string("43")}},
                            {"ok", {"ok"}, {true}},
                            {"level", {"level"}, {std::int64_t{2}}}};
  json claims = good();
  const std::string refused = "\"repo\" is not as identity.issuers requires";
  claims.update({{"repo", "42"}, {"ok", true}, {"level", 2}});
  CHECK(verdict(claims, strict).empty());
  const auto with_repo = [&](const json& value) {
    json changed = claims;
    changed["repo"] = value;
    return verdict(changed, strict);
  };
  CHECK(with_repo("43").empty());
  CHECK(with_repo(json::array({1, "43"})).empty());
  for (const json& wrong : {json("4"), json(42), json(nullptr), json::array(),
                            json::array({json::array({"42"})}), json{{"42", "42"}}}) {
    CHECK(with_repo(wrong) == refused);
  }
  json changed = claims;
  changed["ok"] = 1;
  CHECK(verdict(changed, strict) == "\"ok\" is not as identity.issuers requires");
  changed = claims;
  changed["level"] = 2.0;
  CHECK(verdict(changed, strict).empty());
  changed["level"] = "2";
  CHECK(verdict(changed, strict) == "\"level\" is not as identity.issuers requires");
  claims.erase("repo");
  CHECK(verdict(claims, strict) == refused);
}

// What check_token_type says of good claims and `more`: the kind, or why it is refused.
std::string kind(const json& more, config::TokenType wanted, bool header_says_access = false) {
  json claims = good();
  claims.update(more);
  config::Issuer by = issuer();
  by.token_type = wanted;
  const Result<UnverifiedClaims> parsed = UnverifiedClaims::parse(claims.dump());
  REQUIRE(parsed);
  const auto checked = parsed->check(by, header_says_access, WallTime(std::chrono::seconds(kNow)));
  return checked ? std::string(to_string(checked->kind)) : checked.error().detail;
}

TEST_CASE("An ID token is no access token, and the other way round") {
  using config::TokenType;
  for (const json& id : {json{{"nonce", "n"}}, json{{"at_hash", "h"}}, json{{"c_hash", "h"}},
                         json{{"token_use", "id"}}, json{{"typ", "ID"}}}) {
    CHECK(kind(id, TokenType::kAny) == "id_token");
    CHECK(kind(id, TokenType::kId) == "id_token");
    CHECK(kind(id, TokenType::kAccess) == "the token is an ID token");
  }
  for (const json& access : {json{{"token_use", "access"}}, json{{"typ", "Bearer"}},
                             json{{"typ", "Bearer"}, {"nonce", "n"}}}) {
    CHECK(kind(access, TokenType::kAny) == "access_token");
    CHECK(kind(access, TokenType::kAccess) == "access_token");
    CHECK(kind(access, TokenType::kId) == "the token is an access token");
  }
  CHECK(kind(json::object(), TokenType::kAccess, true) == "access_token");
  CHECK(kind(json::object(), TokenType::kId, true) == "the token is an access token");
  CHECK(kind(json::object(), TokenType::kAny) == "jwt");
  CHECK(kind(json::object(), TokenType::kAccess) == "the token does not say it is an access token");
  CHECK(kind(json::object(), TokenType::kId) == "the token does not say it is an ID token");
  for (const TokenType wanted : {TokenType::kAny, TokenType::kAccess, TokenType::kId}) {
    CHECK(kind({{"token_use", "id"}}, wanted, true) ==
          "the token says it is an access token and an ID token");
    CHECK(kind({{"events", json::object()}}, wanted) == "the token is a security event");
  }
}

}  // namespace
}  // namespace sallyport::identity
