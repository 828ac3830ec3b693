// Immutable objects by a key that says all about them, each shared by everybody who needs one like
// it: thousands of agents of one role then cost one bound policy, and sessions that mask the same
// one compiled mask. Keeps none of them alive. Belongs to one compiled policy; may be used from
// every thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "policy/limits.h"

namespace sallyport::policy {

template <class T>
class SharedCache {
 public:
  using Make = std::function<std::shared_ptr<const T>()>;

  SharedCache() = default;
  SharedCache(const SharedCache&) {}  // a copy begins empty
  SharedCache& operator=(const SharedCache&) = delete;

  // The live object of this key, or a new one.
  std::shared_ptr<const T> find_or(const std::string& key, const Make& make) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = live_.find(key);
      if (found != live_.end())
        if (auto object = found->second.lock()) return object;
    }
    // Made outside the lock: two threads may make the same one, which costs memory and nothing
    // else.
    std::shared_ptr<const T> object = make();
    const std::lock_guard lock(mutex_);
    if (live_.size() >= kCachedObjects) make_room();
    if (live_.size() < kCachedObjects) live_[key] = object;
    return object;
  }

 private:
  void make_room() {
    std::erase_if(live_, [](const auto& entry) { return entry.second.expired(); });
  }

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const T>> live_;
};

}  // namespace sallyport::policy
