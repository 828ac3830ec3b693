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
  const Result<Claims> checked = parsed->check(by, WallTime(std::chrono::seconds(kNow)));
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
  Result<Claims> checked = parsed->check(by, WallTime(std::chrono::seconds(kNow)));
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
  roles.groups_claim = "roles";
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

}  // namespace
}  // namespace sallyport::identity
