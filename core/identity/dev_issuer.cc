#include "core/identity/dev_issuer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "core/config/secret.h"
#include "core/identity/base64url.h"
#include "core/identity/claims.h"
#include "core/identity/digest.h"
#include "core/json_writer.h"

namespace sallyport::identity {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Bio = std::unique_ptr<BIO, FreeBio>;

Error openssl_failed(const char* what) {
  ERR_clear_error();
  return {ErrorCode::kInternal, std::string(what)};
}

// A key under a passphrase must fail, not ask for it on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Key> load_key(const config::Issuer& issuer) {
  const auto complain = [&](const std::string& why) {
    return Error{ErrorCode::kInvalid, "issuer " + issuer.name + ": " + issuer.key + " " + why};
  };
  const Result<config::SecretBytes> pem = config::read_secret_file(issuer.key);
  if (!pem) return complain(pem.error().detail);
  const std::string_view text = pem->view();
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return complain("is not an Ed25519 private key in PEM");
  }
  return key;
}

Result<std::string> public_bytes(EVP_PKEY& key) {
  std::array<unsigned char, 32> bytes{};
  std::size_t length = bytes.size();
  if (EVP_PKEY_get_raw_public_key(&key, bytes.data(), &length) != 1 || length != bytes.size()) {
    return openssl_failed("the public key cannot be derived");
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// RFC 7638 §3 with RFC 8037 §2: the required members, sorted, without white space.
std::string thumbprint(const std::string& public_key) {
  std::string jwk;
  JsonWriter(jwk)
      .begin_object()
      .text("crv", "Ed25519")
      .text("kty", "OKP")
      .text("x", base64url_encode(public_key))
      .end_object();
  return to_base64url(sha256(jwk));
}

Result<std::string> sign(EVP_PKEY& key, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> signature{};
  std::size_t length = signature.size();
  const bool done =
      context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, &key) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &length,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  if (!done) return openssl_failed("the token cannot be signed");
  return std::string(reinterpret_cast<const char*>(signature.data()), length);
}

Result<std::string> random_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return openssl_failed("there is no randomness");
  }
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string write_claims(const config::Issuer& issuer, const std::string& subject,
                         const std::vector<std::string>& groups, const std::string& actor,
                         std::uint64_t issued, std::uint64_t expires, const std::string& id) {
  std::string claims;
  JsonWriter writer(claims);
  writer.begin_object()
      .text("iss", issuer.issuer)
      .text("sub", subject)
      .text("aud", issuer.audience)
      .number("iat", issued)
      .number("exp", expires)
      .text("jti", id);
  writer.begin_array("groups");
  for (const std::string& group : groups) writer.text({}, group);
  writer.end_array();
  if (!actor.empty()) writer.begin_object("act").text("sub", actor).end_object();
  writer.end_object();
  return claims;
}

}  // namespace

Result<std::string> make_dev_key() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return openssl_failed("an Ed25519 key cannot be made");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(length));
}

Result<KeySet> load_dev_keys(const config::Issuer& issuer) {
  const Result<Key> key = load_key(issuer);
  if (!key) return key.error();
  const Result<std::string> bytes = public_bytes(**key);
  if (!bytes) return bytes.error();
  Result<PublicKey> verifying = PublicKey::ed25519(*bytes);
  if (!verifying) return verifying.error();
  return KeySet::of_ed25519(std::move(*verifying), thumbprint(*bytes));
}

Result<std::string> issue_token(const config::Issuer& issuer, const std::string& subject,
                                const std::vector<std::string>& groups, const std::string& actor,
                                std::chrono::seconds ttl, WallTime now) {
  if (issuer.type != config::IssuerType::kDevelopment) {
    return Error{ErrorCode::kInvalid, "issuer " + issuer.name + " is not of type development"};
  }
  if (ttl <= std::chrono::seconds(0) || ttl > issuer.max_token_lifetime) {
    return Error{ErrorCode::kInvalid,
                 "a token's lifetime is positive and at most identity.max_token_lifetime"};
  }
  const Result<Key> key = load_key(issuer);
  if (!key) return key.error();
  const Result<std::string> bytes = public_bytes(**key);
  if (!bytes) return bytes.error();
  const Result<std::string> id = random_id();
  if (!id) return id.error();

  const auto issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  const std::string claims =
      write_claims(issuer, subject, groups, actor, static_cast<std::uint64_t>(issued.count()),
                   static_cast<std::uint64_t>((issued + ttl).count()), *id);
  // What we would refuse is not issued in the first place.
  const Result<UnverifiedClaims> parsed = UnverifiedClaims::parse(claims);
  if (!parsed) return parsed.error();
  if (const Result<Claims> checked = parsed->check(issuer, false, now); !checked)
    return checked.error();

  std::string header;
  JsonWriter(header)
      .begin_object()
      .text("alg", "EdDSA")
      .text("kid", thumbprint(*bytes))
      .text("typ", "JWT")
      .end_object();
  const std::string input = base64url_encode(header) + "." + base64url_encode(claims);
  const Result<std::string> signature = sign(**key, input);
  if (!signature) return signature.error();
  return input + "." + base64url_encode(*signature);
}

}  // namespace sallyport::identity
