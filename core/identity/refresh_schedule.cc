#include "core/identity/refresh_schedule.h"

#include <algorithm>

#include "core/identity/limits.h"

namespace sallyport::identity {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool RefreshSchedule::want(Time now) {
  if (failing()) return false;
  wanted_ = true;
  const Time allowed = last_wanted_ ? *last_wanted_ + kUnknownKeyInterval : now;
  due_ = std::min(due_, std::max(now, allowed));
  return due_ <= now;
}

void RefreshSchedule::started(Time now) {
  if (wanted_) last_wanted_ = now;
  wanted_ = false;
}

void RefreshSchedule::succeeded(Time now, std::optional<seconds> fresh_for) {
  failures_ = 0;
  lapse_ = now + keep_;
  const seconds least = std::min(kLeastRefresh, refresh_);
  const seconds lifetime =
      std::clamp(fresh_for.value_or(std::min(kRefreshInterval, refresh_)), least, refresh_);
  // A quarter is left for a provider that is slow or fails for a moment.
  due_ = now + duration_cast<milliseconds>(lifetime) * 3 / 4;
}

void RefreshSchedule::failed(Time now, double jitter) {
  milliseconds delay = kFirstRetry;
  for (unsigned i = 0; i < failures_ && delay < kMostRetry; ++i) delay *= 2;
  delay = std::min<milliseconds>(delay, kMostRetry);
  ++failures_;
  due_ = now + delay - duration_cast<milliseconds>(delay * (jitter / 2));
}

}  // namespace sallyport::identity
