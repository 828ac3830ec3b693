#include "core/identity/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

template <auto F>
struct Deleter {
  template <class T>
  void operator()(T* value) const {
    F(value);
  }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(std::string_view big_endian) {
  return Number(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

// The generator behind CVE-2017-15361 made only primes that are powers of 65537 modulo a product of
// small primes, so its moduli are such powers modulo each of them; of other moduli one in 2^27 is.
bool is_roca(const BIGNUM& modulus) {
  static constexpr std::array<unsigned, 38> kPrimes = {
      3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
      73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  for (const unsigned prime : kPrimes) {
    const auto residue = static_cast<unsigned>(BN_mod_word(&modulus, prime));
    unsigned power = 1;
    bool generated = false;
    do {
      generated = generated || power == residue;
      power = power * (65'537u % prime) % prime;
    } while (power != 1);
    if (!generated) return false;
  }
  return true;
}

struct Curve {
  KeyType type;
  const char* group;
  std::size_t field_bytes;
};

constexpr std::array<Curve, 3> kCurves = {{{KeyType::kP256, "prime256v1", 32},
                                           {KeyType::kP384, "secp384r1", 48},
                                           {KeyType::kP521, "secp521r1", 66}}};

const Curve* curve_of(KeyType type) {
  for (const Curve& curve : kCurves) {
    if (curve.type == type) return &curve;
  }
  return nullptr;
}

struct Scheme {
  const EVP_MD* digest;  // null: the signature hashes by itself
  bool pss;
};

Scheme scheme_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kEs256:
      return {EVP_sha256(), false};
    case Algorithm::kRs384:
    case Algorithm::kEs384:
      return {EVP_sha384(), false};
    case Algorithm::kRs512:
    case Algorithm::kEs512:
      return {EVP_sha512(), false};
    case Algorithm::kPs256:
      return {EVP_sha256(), true};
    case Algorithm::kPs384:
      return {EVP_sha384(), true};
    case Algorithm::kPs512:
      return {EVP_sha512(), true};
    case Algorithm::kEdDsa:
      return {nullptr, false};
  }
  broken_invariant("an algorithm of no kind");
}

// RFC 7518 §3.4: R and S side by side, each of the field's full size. OpenSSL wants DER.
std::optional<std::string> to_der(std::string_view signature, std::size_t field_bytes) {
  if (signature.size() != 2 * field_bytes) return std::nullopt;
  const EcdsaSignature pair(ECDSA_SIG_new());
  Number r = number(signature.substr(0, field_bytes));
  Number s = number(signature.substr(field_bytes));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
  // Owned by the pair from here on.
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

Error bad_key(const char* why) { return {ErrorCode::kMalformed, why}; }

}  // namespace

void PublicKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<PublicKey> PublicKey::make(KeyType type, const char* name, void* parameters) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  EVP_PKEY* made = nullptr;
  const bool ok = context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                  EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                                    static_cast<OSSL_PARAM*>(parameters)) == 1;
  Handle handle(made);
  if (ok) {
    const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, handle.get(), nullptr));
    if (check && EVP_PKEY_public_check(check.get()) == 1) return PublicKey(type, std::move(handle));
  }
  ERR_clear_error();
  return bad_key("is not a valid public key");
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  // Sizes before any arithmetic; a leading zero would be a second way to write the same number.
  if (modulus.size() > kMostRsaBits / 8 || modulus.empty() || modulus.front() == '\0') {
    return bad_key("has a modulus that is too large or not in its shortest form");
  }
  if (exponent.empty() || exponent.size() > 8 || exponent.front() == '\0') {
    return bad_key("has an exponent that is too large or not in its shortest form");
  }
  const Number n = number(modulus);
  const Number e = number(exponent);
  if (!n || !e) return bad_key("is not a valid public key");
  if (BN_num_bits(n.get()) < kLeastRsaBits) return bad_key("has fewer than 2048 bits");
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return bad_key("has an even modulus or an unsafe exponent");
  }
  if (is_roca(*n)) return bad_key("was made by the generator of CVE-2017-15361");
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return bad_key("is not a valid public key");
  }
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return make(KeyType::kRsa, "RSA", parameters.get());
}

Result<PublicKey> PublicKey::ec(KeyType type, std::string_view x, std::string_view y) {
  const Curve* curve = curve_of(type);
  if (curve == nullptr) return bad_key("is not on a curve we know");
  if (x.size() != curve->field_bytes || y.size() != curve->field_bytes) {
    return bad_key("has a coordinate that is not of the curve's size");
  }
  // SEC 1 §2.3.3: an uncompressed point.
  std::string point = "\x04";
  point.append(x).append(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return bad_key("is not a valid public key");
  }
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return make(type, "EC", parameters.get());
}

Result<PublicKey> PublicKey::ed25519(std::string_view x) {
  if (x.size() != 32) return bad_key("is not 32 bytes long");
  Handle handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
  if (handle) return PublicKey(KeyType::kEd25519, std::move(handle));
  ERR_clear_error();
  return bad_key("is not a valid public key");
}

bool PublicKey::verify(Algorithm algorithm, std::string_view message,
                       std::string_view signature) const {
  if (key_type(algorithm) != type_) return false;
  std::string der;
  if (const Curve* curve = curve_of(type_)) {
    std::optional<std::string> converted = to_der(signature, curve->field_bytes);
    if (!converted) return false;
    der = *std::move(converted);
    signature = der;
  }
  const Scheme scheme = scheme_of(algorithm);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by the context
  bool good = context && EVP_DigestVerifyInit(context.get(), &options, scheme.digest, nullptr,
                                              handle_.get()) == 1;
  if (good && scheme.pss) {
    // RFC 7518 §3.5: the salt is as long as the hash, and MGF1 uses the same hash.
    good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(options, scheme.digest) == 1;
  }
  good = good && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                  bytes_of(message), message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace sallyport::identity
