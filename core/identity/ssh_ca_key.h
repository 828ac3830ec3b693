// The private key of the SSH user CA: Ed25519. Immutable, thread-safe; wiped when it goes away.
// Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/config/secret.h"
#include "core/result.h"

struct evp_pkey_st;

namespace sallyport::identity {

class SshCaKey {
 public:
  // From the 32 bytes that seed() gave. kInvalid: not so many.
  static Result<SshCaKey> load(std::string_view seed);
  static Result<SshCaKey> generate();

  config::SecretBytes seed() const;
  // As on the wire (RFC 8709 §4).
  const std::string& public_blob() const { return blob_; }
  // "ssh-ed25519 AAAA… comment", for TrustedUserCAKeys.
  std::string public_line(std::string_view comment) const;
  // A signature blob (RFC 8709 §6).
  Result<std::string> sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  static Result<SshCaKey> from(Handle key);
  SshCaKey(Handle key, std::string blob) : key_(std::move(key)), blob_(std::move(blob)) {}

  Handle key_;
  std::string blob_;
};

// Whether the signature blob is that of the CA with this public key. Only Ed25519 ones are.
bool verify_ca_signature(std::string_view ca_blob, std::string_view message,
                         std::string_view signature);

}  // namespace sallyport::identity
