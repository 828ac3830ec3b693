#include "policy/bind_cache.h"

#include "policy/limits.h"

namespace sallyport::policy {

std::shared_ptr<const SessionPolicy> BindCache::find_or(const std::string& key, const Make& make) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(key);
    if (found != live_.end())
      if (auto session = found->second.lock()) return session;
  }
  // Made outside the lock: two threads may make the same one, which costs memory and nothing else.
  std::shared_ptr<const SessionPolicy> session = make();
  const std::lock_guard lock(mutex_);
  if (live_.size() >= kCachedBindings) make_room();
  if (live_.size() < kCachedBindings) live_[key] = session;
  return session;
}

void BindCache::make_room() {
  std::erase_if(live_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace sallyport::policy
