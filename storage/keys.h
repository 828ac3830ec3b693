// The keys of the store. `secrets.key` gives a store key (HKDF-SHA-256) that only wraps others: the
// random key of each session, which encrypts its payloads, and the random deployment key of the
// payload hashes and of the masks that hash. Deleting a wrapped session key is what makes that
// session's payloads unreadable for ever. `secrets.previous_key` gives a second store key while
// everything is wrapped anew. Keys are immutable once made; all of it may be used from any thread.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
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

// The store keys at hand: the one that wraps, and the one before it.
class KeyRing {
 public:
  // kInvalid: too few bytes. An empty `previous`: there is none.
  static Result<KeyRing> derive(std::string_view key, std::string_view previous = {});
  const StoreKey& current() const { return current_; }
  // The other key at hand, or null.
  const StoreKey* previous() const { return previous_ ? &*previous_ : nullptr; }
  // What was wrapped by the key that `id` names. kInvalid: it is not at hand; kUnauthenticated:
  // altered, or moved from another place.
  Result<SecretKey> unwrap(std::string_view purpose, std::string_view id,
                           std::string_view wrapped) const;

 private:
  explicit KeyRing(StoreKey current) : current_(std::move(current)) {}
  StoreKey current_;
  std::optional<StoreKey> previous_;
};

// The ring in force, replaced as a whole by a rotation.
class KeysInForce {
 public:
  explicit KeysInForce(KeyRing ring) : ring_(std::make_shared<const KeyRing>(std::move(ring))) {}
  std::shared_ptr<const KeyRing> get() const {
    std::lock_guard lock(mutex_);
    return ring_;
  }
  void set(KeyRing ring) {
    auto fresh = std::make_shared<const KeyRing>(std::move(ring));
    std::lock_guard lock(mutex_);
    ring_.swap(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;  // shared with whoever is using it
};

}  // namespace sallyport::storage
