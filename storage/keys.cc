#include "storage/keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "core/insist.h"
#include "storage/limits.h"

namespace sallyport::storage {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

const unsigned char* data(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* data(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
int length(std::string_view s) { return static_cast<int>(s.size()); }

// Contexts are kept per thread because making them costs more than encrypting a short command. They
// hold no key between calls that another caller could meet: each call sets its own.
EVP_CIPHER_CTX* cipher_context() {
  struct Free {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  struct Holder {
    std::unique_ptr<EVP_CIPHER, Free> cipher{
        allocated(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr))};
    std::unique_ptr<EVP_CIPHER_CTX, Free> context{allocated(EVP_CIPHER_CTX_new())};
    Holder() {
      require_memory(
          EVP_CipherInit_ex2(context.get(), cipher.get(), nullptr, nullptr, 1, nullptr) == 1);
    }
  };
  thread_local Holder holder;
  return holder.context.get();
}

EVP_MD_CTX* scratch_digest() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local std::unique_ptr<EVP_MD_CTX, Free> context(allocated(EVP_MD_CTX_new()));
  return context.get();
}

Error crypto_failed() {
  return {ErrorCode::kInternal, "OpenSSL refused an operation on a payload"};
}

bool hkdf(std::string_view secret, std::string_view info, unsigned char* out, std::size_t size) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  std::string digest = "SHA256";
  std::string key(secret);
  std::string label(info);
  std::array<OSSL_PARAM, 4> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label.data(), label.size()),
      OSSL_PARAM_construct_end()};
  bool ok = context != nullptr && EVP_KDF_derive(context, out, size, params.data()) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return ok;
}

}  // namespace

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SecretKey SecretKey::random() {
  SecretKey key;
  require_memory(RAND_priv_bytes(key.data(), 32) == 1);
  return key;
}

Result<std::string> gcm_seal(const SecretKey& key, std::string_view nonce, std::string_view aad,
                             std::string_view plaintext) {
  EVP_CIPHER_CTX* context = cipher_context();
  std::string out(plaintext.size() + kTag, '\0');
  int n = 0;
  int end = 0;
  bool ok =
      nonce.size() == kNonce &&
      EVP_EncryptInit_ex2(context, nullptr, key.data(), data(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(context, nullptr, &n, data(aad), length(aad)) == 1 &&
      EVP_EncryptUpdate(context, data(out), &n, data(plaintext), length(plaintext)) == 1 &&
      EVP_EncryptFinal_ex(context, data(out) + n, &end) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, data(out) + plaintext.size()) == 1;
  if (!ok) return crypto_failed();
  return out;
}

Result<std::string> gcm_open(const SecretKey& key, std::string_view nonce, std::string_view aad,
                             std::string_view sealed) {
  Error bad{ErrorCode::kUnauthenticated, "not encrypted with this key, or altered"};
  if (sealed.size() < kTag || nonce.size() != kNonce) return bad;
  std::string_view text = sealed.substr(0, sealed.size() - kTag);
  std::string tag(sealed.substr(text.size()));
  EVP_CIPHER_CTX* context = cipher_context();
  std::string out(text.size(), '\0');
  int n = 0;
  int end = 0;
  bool ok = EVP_DecryptInit_ex2(context, nullptr, key.data(), data(nonce), nullptr) == 1 &&
            EVP_DecryptUpdate(context, nullptr, &n, data(aad), length(aad)) == 1 &&
            EVP_DecryptUpdate(context, data(out), &n, data(text), length(text)) == 1 &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1;
  if (!ok) return crypto_failed();
  if (EVP_DecryptFinal_ex(context, data(out) + n, &end) != 1) return bad;
  return out;
}

void HmacKey::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

HmacKey::HmacKey(const SecretKey& key)
    : inner_(allocated(EVP_MD_CTX_new())), outer_(allocated(EVP_MD_CTX_new())) {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::array<unsigned char, 64> block{};
  auto start = [&](EVP_MD_CTX* context, unsigned char pad) {
    for (std::size_t i = 0; i < block.size(); ++i)
      block[i] = static_cast<unsigned char>((i < 32 ? key.data()[i] : 0) ^ pad);
    return EVP_DigestInit_ex2(context, algorithm, nullptr) == 1 &&
           EVP_DigestUpdate(context, block.data(), block.size()) == 1;
  };
  bool ok = algorithm != nullptr && start(inner_.get(), 0x36) && start(outer_.get(), 0x5c);
  OPENSSL_cleanse(block.data(), block.size());
  EVP_MD_free(algorithm);
  require_memory(ok);
}

Hash HmacKey::sum(std::initializer_list<std::string_view> parts) const {
  EVP_MD_CTX* context = scratch_digest();
  Hash out;
  bool ok = EVP_MD_CTX_copy_ex(context, inner_.get()) == 1;
  for (std::string_view part : parts)
    ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(context, out.data(), nullptr) == 1 &&
       EVP_MD_CTX_copy_ex(context, outer_.get()) == 1 &&
       EVP_DigestUpdate(context, out.data(), out.size()) == 1 &&
       EVP_DigestFinal_ex(context, out.data(), nullptr) == 1;
  require_memory(ok);
  return out;
}

Result<StoreKey> StoreKey::derive(std::string_view secret) {
  if (secret.size() < kKeyBytes)
    return Error{ErrorCode::kInvalid, "secrets.key: at least 16 random bytes are needed"};
  StoreKey out;
  std::array<unsigned char, 8> id{};
  if (!hkdf(secret, "sallyport store key 1", out.key_.data(), 32) ||
      !hkdf(secret, "sallyport store key id 1", id.data(), id.size()))
    return crypto_failed();
  append_hex(out.id_, {reinterpret_cast<const char*>(id.data()), id.size()});
  return out;
}

Result<std::string> StoreKey::wrap(std::string_view purpose, const SecretKey& key) const {
  std::string nonce(kNonce, '\0');
  require_memory(RAND_bytes(data(nonce), static_cast<int>(kNonce)) == 1);
  auto sealed = gcm_seal(key_, nonce, purpose, key.view());
  if (!sealed) return sealed.error();
  return nonce + *sealed;
}

Result<SecretKey> StoreKey::unwrap(std::string_view purpose, std::string_view wrapped) const {
  if (wrapped.size() < kNonce) return Error{ErrorCode::kUnauthenticated, "not a wrapped key"};
  auto opened = gcm_open(key_, wrapped.substr(0, kNonce), purpose, wrapped.substr(kNonce));
  if (!opened) return opened.error();
  std::string& plain = *opened;
  SecretKey out;
  if (plain.size() != out.view().size())
    return Error{ErrorCode::kUnauthenticated, "not a wrapped key"};
  std::copy(plain.begin(), plain.end(), reinterpret_cast<char*>(out.data()));
  OPENSSL_cleanse(plain.data(), plain.size());
  return out;
}

Result<KeyRing> KeyRing::derive(std::string_view key, std::string_view previous) {
  auto current = StoreKey::derive(key);
  if (!current) return current.error();
  KeyRing out(std::move(*current));
  if (previous.empty()) return out;
  auto before = StoreKey::derive(previous);
  if (!before) return before.error();
  out.previous_ = std::move(*before);
  return out;
}

Result<SecretKey> KeyRing::unwrap(std::string_view purpose, std::string_view id,
                                  std::string_view wrapped) const {
  if (id == current_.id()) return current_.unwrap(purpose, wrapped);
  if (previous_ && id == previous_->id()) return previous_->unwrap(purpose, wrapped);
  return Error{ErrorCode::kInvalid, "wrapped with the `secrets.key` of id " + std::string(id) +
                                        "; the one at hand has id " + current_.id()};
}

}  // namespace sallyport::storage
