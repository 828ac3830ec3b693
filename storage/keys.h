// The keys of the store. `secrets.key` gives a store key (HKDF-SHA-256) that only wraps others: the
// random key of each session, which encrypts its payloads, and the random deployment key of the
// payload hashes. Deleting a wrapped session key is what makes that session's payloads unreadable
// for ever. Immutable once made; may be used from any thread.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "storage/hash.h"

namespace sallyport::storage {

// 256 bits, overwritten before the memory is given back.
class SecretKey {
 public:
  SecretKey() = default;
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  static SecretKey random();
  const unsigned char* data() const { return bytes_.data(); }
  unsigned char* data() { return bytes_.data(); }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::array<unsigned char, 32> bytes_{};
};

// AES-256-GCM. `nonce` has 12 bytes and is never used twice with one key; the result is ciphertext
// and tag.
Result<std::string> gcm_seal(const SecretKey& key, std::string_view nonce, std::string_view aad,
                             std::string_view plaintext);
// kUnauthenticated: not what was sealed with this key, nonce and additional data.
Result<std::string> gcm_open(const SecretKey& key, std::string_view nonce, std::string_view aad,
                             std::string_view sealed);

// HMAC-SHA-256 (RFC 2104) with the key's part computed once.
class HmacKey {
 public:
  explicit HmacKey(const SecretKey& key);
  Hash sum(std::initializer_list<std::string_view> parts) const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> inner_;
  std::unique_ptr<EVP_MD_CTX, Free> outer_;
};

class StoreKey {
 public:
  // kInvalid: too few bytes.
  static Result<StoreKey> derive(std::string_view secret);
  // Names the key without revealing it: 16 hexadecimal digits.
  const std::string& id() const { return id_; }
  // `purpose` is authenticated: a wrapped key cannot be moved to another place.
  Result<std::string> wrap(std::string_view purpose, const SecretKey& key) const;
  Result<SecretKey> unwrap(std::string_view purpose, std::string_view wrapped) const;

 private:
  SecretKey key_;
  std::string id_;
};

}  // namespace sallyport::storage
