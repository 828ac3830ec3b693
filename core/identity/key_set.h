// The keys of one issuer (RFC 7517). Immutable once parsed; shared between threads. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/identity/public_key.h"

namespace sallyport::identity {

class KeySet {
 public:
  struct Key {
    std::optional<std::string> kid;
    std::optional<Algorithm> algorithm;  // the only one it is for
    PublicKey key;
    std::string thumbprint;  // RFC 7638: names the key itself, whatever `kid` it goes by
  };

  // Keys that cannot verify a token of ours (encryption keys, shared secrets, weak, malformed or
  // private ones, unknown types) are left out (RFC 7517 §5) and listed in skipped(). An error when
  // the document is malformed, too large, or leaves no key.
  static Result<KeySet> parse(std::string_view jwks);
  static KeySet of_ed25519(PublicKey key, std::string thumbprint);  // which is its `kid`, too

  // The one key that `kid` names and that suits the algorithm; without `kid`, the only one that
  // suits. kNotFound: there is no such key, and a newer key set may have it. kUnauthenticated: the
  // key is not for this algorithm, or several fit.
  Result<const Key*> find(const std::optional<std::string>& kid, Algorithm algorithm) const;

  bool holds(std::string_view thumbprint) const;
  // In whatever order.
  bool same_keys(const KeySet& other) const;
  const std::vector<Key>& keys() const { return keys_; }
  // One line for each key left out, for the log.
  const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  std::vector<Key> keys_;
  std::vector<std::string> skipped_;
};

}  // namespace sallyport::identity
