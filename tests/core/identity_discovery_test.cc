#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/identity/discovery.h"
#include "core/identity/freshness.h"
#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

constexpr std::string_view kIssuer = "https://idp.example.com/realm";

json good() {
  return {{"issuer", kIssuer}, {"jwks_uri", "https://keys.example.com/jwks"}, {"scopes", {"a"}}};
}

// "" when accepted, else why not.
std::string verdict(const std::string& document, std::string_view issuer = kIssuer) {
  const Result<std::string> jwks = read_discovery(document, issuer);
  return jwks ? "" : jwks.error().detail;
}
std::string with(const char* name, const json& value) {
  json document = good();
  document[name] = value;
  return verdict(document.dump());
}
// A document on this machine, of an issuer there.
std::string local(const std::string& issuer, const std::string& jwks) {
  return verdict(json{{"issuer", issuer}, {"jwks_uri", jwks}}.dump(), issuer);
}

TEST_CASE("Both standards' places of the document are known") {
  CHECK(openid_url("https://a.example") == "https://a.example/.well-known/openid-configuration");
  CHECK(openid_url("https://a.example/") == "https://a.example/.well-known/openid-configuration");
  CHECK(openid_url("https://a.example/r/x/") ==
        "https://a.example/r/x/.well-known/openid-configuration");
  CHECK(oauth_url("https://a.example/") ==
        "https://a.example/.well-known/oauth-authorization-server");
  CHECK(oauth_url("https://a.example:8443/r/x") ==
        "https://a.example:8443/.well-known/oauth-authorization-server/r/x");
}

TEST_CASE("A discovery document says where its issuer's keys are") {
  const Result<std::string> jwks = read_discovery(good().dump(), kIssuer);
  REQUIRE(jwks);
  CHECK(*jwks == "https://keys.example.com/jwks");
  CHECK(local("http://127.0.0.1:9", "http://localhost:9/k").empty());
  CHECK(local("http://127.0.0.1:9", "https://keys.example.com/k").empty());
}

TEST_CASE("A discovery document of another issuer, or without a good place, is refused") {
  for (const json& other : {json("https://idp.example.com/realm/"), json("HTTPS://idp.example.com"),
                            json("https://evil.example"), json(nullptr), json(7)}) {
    CHECK(with("issuer", other) == "the discovery document is another issuer's");
  }
  CHECK(with("jwks_uri", nullptr) == "the discovery document names no \"jwks_uri\"");
  for (const char* bad :
       {"http://keys.example.com/jwks", "file:///etc/passwd", "ftp://x/", "", "keys",
        "https://a@b/k", "https://keys.example.com/a b", "https://", "http://127.0.0.1@evil/"}) {
    INFO(bad);
    CHECK(with("jwks_uri", bad).starts_with("\"jwks_uri\" of the discovery document must"));
  }
  for (const char* here : {"http://127.0.0.1/k", "http://localhost/k", "http://[::1]:80/k"}) {
    CHECK(with("jwks_uri", here) == "\"jwks_uri\" of the discovery document is on this machine");
  }
}

TEST_CASE("What is no discovery document is refused") {
  for (const char* text : {"", "[]", "{}", "null", "<html>", "{\"issuer\":1,\"issuer\":2}"}) {
    CHECK_FALSE(read_discovery(text, kIssuer));
  }
  std::string large = good().dump();
  large.resize(kDiscoveryBytes, ' ');
  CHECK(read_discovery(large, kIssuer));
  large += ' ';
  CHECK(verdict(large) == "the discovery document is too large");
}

std::int64_t fresh(std::string_view control, std::string_view expires = {},
                   std::string_view date = {}, std::string_view age = {}) {
  const auto found = fresh_for({control, expires, date, age});
  return found ? found->count() : -1;
}

TEST_CASE("Freshness is what Cache-Control says, or else Expires (RFC 9111 §4.2.1)") {
  CHECK(fresh("") == -1);
  CHECK(fresh("public") == -1);
  CHECK(fresh("max-age=600") == 600);
  CHECK(fresh("public , Max-Age=\"600\" , must-revalidate") == 600);
  CHECK(fresh("max-age=600, max-age=60") == 60);
  CHECK(fresh("max-age=600", {}, {}, "100") == 500);
  CHECK(fresh("max-age=600", {}, {}, "1000") == 0);
  CHECK(fresh("max-age=99999999999999999999") == std::int64_t{1} << 31);
  for (const char* stale : {"no-store", "no-cache", "max-age=60, no-cache", "max-age",
                            "max-age=", "max-age=-1", "max-age=1e3", "no-cache=\"x\""}) {
    CHECK(fresh(stale) == 0);
  }
  constexpr std::string_view kDate = "Mon, 23 Nov 2026 15:04:05 GMT";
  CHECK(fresh("", "Mon, 23 Nov 2026 15:14:05 GMT", kDate) == 600);
  CHECK(fresh("max-age=5", "Mon, 23 Nov 2026 15:14:05 GMT", kDate) == 5);
  CHECK(fresh("", "Mon, 23 Nov 2026 14:00:00 GMT", kDate) == 0);
  CHECK(fresh("", "0", kDate) == 0);
  CHECK(fresh("", "Mon, 23 Nov 2026 15:14:05 GMT", "") == 0);
}

}  // namespace
}  // namespace sallyport::identity
