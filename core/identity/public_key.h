// One public key and what it may verify; wraps OpenSSL's EVP. Immutable, thread-safe. Pure.
#pragma once

#include <memory>
#include <string_view>

#include "core/identity/algorithms.h"
#include "core/result.h"

struct evp_pkey_st;

namespace sallyport::identity {

class PublicKey {
 public:
  // Numbers are big-endian bytes as in a JWK (RFC 7518 §6.3.1). Refused: a modulus outside the
  // limits, an even or tiny exponent, and moduli of the generator that CVE-2017-15361 (ROCA) is
  // about.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  // Coordinates of the curve's full size (RFC 7518 §6.2.1); the point must be on the curve.
  static Result<PublicKey> ec(KeyType curve, std::string_view x, std::string_view y);
  static Result<PublicKey> ed25519(std::string_view x);

  KeyType type() const { return type_; }
  // False for a key of another type, too.
  bool verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  PublicKey(KeyType type, Handle handle) : type_(type), handle_(std::move(handle)) {}
  static Result<PublicKey> make(KeyType type, const char* name, void* parameters);

  KeyType type_;
  Handle handle_;
};

}  // namespace sallyport::identity
