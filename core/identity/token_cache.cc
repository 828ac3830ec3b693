#include "core/identity/token_cache.h"

#include <algorithm>
#include <cstring>

namespace sallyport::identity {

TokenCache::TokenCache(std::size_t most_tokens)
    : most_per_shard_(std::max<std::size_t>(1, most_tokens / kCacheShards)) {}

std::size_t TokenCache::Hash::operator()(const Sha256& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

std::shared_ptr<const Principal> TokenCache::find(const Sha256& token, std::uint64_t generation,
                                                  WallTime now) {
  Shard& home = shard(token);
  const std::lock_guard lock(home.mutex);
  const auto found = home.entries.find(token);
  if (found == home.entries.end()) return nullptr;
  const Entry& entry = found->second;
  if (entry.generation == generation && now < entry.principal->expires_at) return entry.principal;
  home.entries.erase(found);
  return nullptr;
}

void TokenCache::insert(const Sha256& token, std::uint64_t generation,
                        std::shared_ptr<const Principal> principal) {
  Shard& home = shard(token);
  const std::lock_guard lock(home.mutex);
  const auto [place, added] =
      home.entries.insert_or_assign(token, Entry{generation, std::move(principal)});
  if (!added) return;
  home.order.push_back(token);
  // Names of entries that are gone count here, so the deque is bounded as well.
  while (home.order.size() > most_per_shard_) {
    home.entries.erase(home.order.front());
    home.order.pop_front();
  }
}

std::size_t TokenCache::size() const {
  std::size_t total = 0;
  for (const Shard& one : shards_) {
    const std::lock_guard lock(one.mutex);
    total += one.entries.size();
  }
  return total;
}

}  // namespace sallyport::identity
