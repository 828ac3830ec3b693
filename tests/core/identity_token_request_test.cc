#include <catch2/catch.hpp>

#include "core/identity/rate_limit.h"
#include "core/identity/token_request.h"
#include "tests/support/fakes.h"

namespace sallyport::identity {
namespace {

const std::string kBase =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=abc"
    "&subject_token_type=urn:ietf:params:oauth:token-type:jwt";

TokenRequest taken(const std::string& form) {
  auto parsed = parse_token_request(form);
  const auto* error = std::get_if<OAuthError>(&parsed);
  INFO(form << ": " << (error == nullptr ? "" : error->description));
  REQUIRE(error == nullptr);
  return std::get<TokenRequest>(parsed);
}

std::string refused(const std::string& form) {
  const auto parsed = parse_token_request(form);
  const auto* error = std::get_if<OAuthError>(&parsed);
  return error == nullptr ? "taken" : error->code;
}

TEST_CASE("A token request asks for a ticket, or for a certificate of the key it brings") {
  const TokenRequest plain = taken(kBase);
  CHECK(plain.subject_token == "abc");
  CHECK_FALSE(plain.certificate);
  CHECK(plain.audience.empty());
  const TokenRequest all = taken(kBase + "&audience=crm&scope=reader&uses=5&expires_in=900" +
                                 "&requested_token_type=" + std::string(kTicketType));
  CHECK(all.audience == "crm");
  CHECK(all.role == "reader");
  CHECK(all.uses == 5u);
  CHECK(all.lifetime == std::chrono::seconds(900));
  const TokenRequest key = taken(kBase + "&ssh_public_key=ssh-ed25519+AAAA+me%40host%0A");
  CHECK(key.certificate);
  CHECK(key.ssh_public_key == "ssh-ed25519 AAAA me@host");
  CHECK(taken(kBase + "&resource=crm").audience == "crm");
  CHECK(taken(kBase + "&resource=crm&audience=crm").audience == "crm");
  // RFC 6749 §3.2: unknown parameters are ignored, those without a value left out.
  CHECK_FALSE(taken(kBase + "&client_id=x&ssh_public_key=&uses=&").certificate);
  for (const char* type : {"access_token", "id_token"})
    CHECK(taken("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a"
                "&subject_token_type=urn:ietf:params:oauth:token-type:" +
                std::string(type))
              .subject_token == "a");
}

TEST_CASE("A token request that is not one says so in OAuth's words") {
  CHECK(refused("") == "invalid_request");
  CHECK(refused("grant_type=client_credentials") == "unsupported_grant_type");
  CHECK(refused(kBase + "&audience=a&audience=a") == "invalid_request");
  CHECK(refused(kBase + "&scope=%zz") == "invalid_request");
  CHECK(refused(kBase + "&scope=%4") == "invalid_request");
  CHECK(refused(kBase + "&audience=a%00b") == "invalid_request");
  CHECK(refused(kBase + "&actor_token=x") == "invalid_request");
  CHECK(refused(kBase + "&scope=a+b") == "invalid_scope");
  CHECK(refused(kBase + "&audience=a&resource=b") == "invalid_target");
  for (const char* uses : {"0", "101", "-1", "1.5", "x", "99999999999"})
    CHECK(refused(kBase + "&uses=" + uses) == "invalid_request");
  CHECK(refused(kBase + "&expires_in=901") == "invalid_request");
  CHECK(refused(kBase + "&expires_in=601&ssh_public_key=k") == "invalid_request");
  CHECK(refused(kBase + "&uses=1&ssh_public_key=k") == "invalid_request");
  CHECK(refused(kBase + "&requested_token_type=urn:ietf:params:oauth:token-type:jwt") ==
        "invalid_request");
  CHECK(refused(kBase + "&requested_token_type=" + std::string(kCertificateType)) ==
        "invalid_request");
  CHECK(refused(kBase + "&ssh_public_key=k&requested_token_type=" + std::string(kTicketType)) ==
        "invalid_request");
  std::string many = kBase;
  for (int i = 0; i < 30; ++i) many += "&p" + std::to_string(i) + "=1";
  CHECK(refused(many) == "invalid_request");
  const std::string head = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
  CHECK(refused(head) == "invalid_request");
  CHECK(refused(head + "&subject_token=a") == "invalid_request");
  for (const std::string type :
       {"urn:ietf:params:oauth:token-type:saml2", "jwt", "urn:sallyport:token-type:ticket"})
    CHECK(refused(head + "&subject_token=a&subject_token_type=" + type) == "invalid_request");
}

TEST_CASE("An audience is a target's name or its URL at this broker") {
  const std::string base = "https://b.example.com:8443";
  CHECK(target_of("crm", base, "") == "crm");
  CHECK(target_of("", base, "") == "");
  CHECK(target_of(base, base, "") == "");
  CHECK(target_of(base + "/", base, "") == "");
  CHECK(target_of(base + "/crm", base, "") == "crm");
  CHECK(target_of(base + "/crm/v1/x", base, "") == "crm");
  CHECK_FALSE(target_of("https://evil.example.com/crm", base, ""));
  CHECK_FALSE(target_of("http://b.example.com:8443/crm", base, ""));
  CHECK_FALSE(target_of(base + "1/crm", base, ""));
  CHECK_FALSE(target_of(base + "/crm?x", base, ""));
  CHECK_FALSE(target_of("https://b.example.com/crm", "", ""));
  CHECK(target_of("https://crm.b.example.com:8443/v1", base, "b.example.com") == "crm");
  CHECK(target_of("https://b.example.com/x", base, "b.example.com") == "");
  CHECK_FALSE(target_of("https://crm.example.org", base, "b.example.com"));
  CHECK_FALSE(target_of("https://xb.example.com", base, "b.example.com"));
}

TEST_CASE("A bucket gives its burst at once and then its rate") {
  const test::FakeClock clock;
  const MonoTime start = clock.mono();
  RateLimit limit({2, 3, 2});
  for (int i = 0; i < 3; ++i) CHECK_FALSE(limit.take("a", start));
  CHECK(limit.take("a", start) == std::chrono::seconds(1));
  CHECK_FALSE(limit.take("b", start));
  CHECK(limit.take("c", start));  // both buckets are in use
  CHECK_FALSE(limit.take("a", start + std::chrono::milliseconds(500)));
  CHECK(limit.take("a", start + std::chrono::milliseconds(500)));
  CHECK_FALSE(limit.take("c", start + std::chrono::seconds(5)));  // the others are full again
}

}  // namespace
}  // namespace sallyport::identity
