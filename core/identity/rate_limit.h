// Token buckets by name: how often somebody may ask. Thread-safe; the caller says what time it is.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/clock.h"

namespace sallyport::identity {

struct Rate {
  double per_second = 1;
  double burst = 1;       // how many at once after a pause
  std::size_t names = 1;  // buckets kept; one that is full again is forgotten first
};

class RateLimit {
 public:
  explicit RateLimit(const Rate& rate) : rate_(rate) {}

  // Nothing: go on. Else how long until it is worth to ask again. When all buckets are in use, a
  // name without one has to wait.
  std::optional<std::chrono::seconds> take(const std::string& name, MonoTime now);

 private:
  struct Bucket {
    double left = 0;
    MonoTime at{};
  };
  double refilled(const Bucket& bucket, MonoTime now) const;
  const Rate rate_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace sallyport::identity
