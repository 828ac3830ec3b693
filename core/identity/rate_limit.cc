#include "core/identity/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace sallyport::identity {

double RateLimit::refilled(const Bucket& bucket, MonoTime now) const {
  const std::chrono::duration<double> since = now - bucket.at;
  return std::min(rate_.burst, bucket.left + since.count() * rate_.per_second);
}

std::optional<std::chrono::seconds> RateLimit::take(const std::string& name, MonoTime now) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= rate_.names)
      std::erase_if(buckets_,
                    [&](const auto& entry) { return refilled(entry.second, now) >= rate_.burst; });
    if (buckets_.size() >= rate_.names) return std::chrono::seconds(1);
    found = buckets_.emplace(name, Bucket{rate_.burst, now}).first;
  }
  Bucket& bucket = found->second;
  bucket.left = refilled(bucket, now);
  bucket.at = now;
  if (bucket.left < 1) {
    const double wait = std::ceil((1 - bucket.left) / rate_.per_second);
    return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
  }
  bucket.left -= 1;
  return std::nullopt;
}

}  // namespace sallyport::identity
