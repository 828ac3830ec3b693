// Issuers with keys of their own, for the tests of identity.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "core/identity/authenticator.h"
#include "core/identity/base64url.h"
#include "core/identity/dev_issuer.h"
#include "temp_dir.h"

namespace sallyport::identity {

// A key on disk and an issuer of type development that signs with it.
struct Signer {
  Signer(const TempDir& dir, const std::string& name) {
    Result<std::string> made = make_dev_key();
    REQUIRE(made);
    pem = *made;
    issuer.name = name;
    issuer.type = config::IssuerType::kDevelopment;
    issuer.issuer = "sallyport:" + name;
    issuer.audience = "sallyport";
    issuer.key = dir.write(name + ".pem", pem);
  }

  std::string token(WallTime now, std::chrono::seconds ttl = std::chrono::minutes(10)) const {
    const Result<std::string> issued = issue_token(issuer, "agent-7", {"dev"}, "", ttl, now);
    REQUIRE(issued);
    return *issued;
  }

  // The key as an identity provider would publish it.
  std::string jwks() const {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    std::array<unsigned char, 32> bytes{};
    std::size_t length = bytes.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(key, bytes.data(), &length) == 1);
    EVP_PKEY_free(key);
    BIO_free(bio);
    const std::string token_header = token(WallTime(std::chrono::hours(1)));
    const auto header =
        nlohmann::json::parse(*base64url_decode(token_header.substr(0, token_header.find('.'))));
    const std::string_view x(reinterpret_cast<const char*>(bytes.data()), length);
    const nlohmann::json jwk = {
        {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url_encode(x)}, {"kid", header["kid"]}};
    return nlohmann::json{{"keys", {jwk}}}.dump();
  }

  std::string pem;
  config::Issuer issuer;
};

inline bool accepted(const std::variant<Principal, Rejection>& verdict) {
  return std::holds_alternative<Principal>(verdict);
}
inline std::string reason(const std::variant<Principal, Rejection>& verdict) {
  return accepted(verdict) ? "" : std::get<Rejection>(verdict).reason;
}

}  // namespace sallyport::identity
