// Remembers accepted tokens by their SHA-256, so that a token in use costs one hash and one lookup
// instead of a signature. Bounded; only accepted tokens get in, so nobody without one can push
// others out. Thread-safe.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "core/identity/digest.h"
#include "core/identity/limits.h"
#include "core/principal.h"

namespace sallyport::identity {

class TokenCache {
 public:
  explicit TokenCache(std::size_t most_tokens = kCachedTokens);

  // The principal, when the token was accepted under the same `generation` of keys and
  // configuration and `now` is before its Principal's expires_at. What no longer holds is
  // forgotten.
  std::shared_ptr<const Principal> find(const Sha256& token, std::uint64_t generation,
                                        WallTime now);
  void insert(const Sha256& token, std::uint64_t generation,
              std::shared_ptr<const Principal> principal);
  std::size_t size() const;

 private:
  struct Entry {
    std::uint64_t generation = 0;
    std::shared_ptr<const Principal>
        principal;  // shared with callers that copy it outside the lock
  };
  struct Hash {
    // A digest's bytes are already uniform.
    std::size_t operator()(const Sha256& digest) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Sha256, Entry, Hash> entries;
    std::deque<Sha256> order;  // oldest first; may name entries that are gone
  };
  Shard& shard(const Sha256& token) { return shards_[token[8] % kCacheShards]; }

  const std::size_t most_per_shard_;
  std::array<Shard, kCacheShards> shards_;
};

}  // namespace sallyport::identity
