#include "tools/broker/watchdog.h"

#include <algorithm>

#include "core/limits.h"

namespace sallyport::broker {

Watchdog::Watchdog(unsigned threads, std::function<std::uint64_t(unsigned)> heartbeat)
    : heartbeat_(std::move(heartbeat)), threads_(threads) {}

std::vector<Watchdog::Finding> Watchdog::check(MonoTime now) {
  std::vector<Finding> out;
  for (unsigned i = 0; i < threads_.size(); ++i) {
    Watched& thread = threads_[i];
    std::uint64_t count = heartbeat_(i);
    if (!thread.seen || count != thread.count) {
      if (thread.stuck) out.push_back({i, false});
      thread = {count, now, false, true};
    } else if (!thread.stuck && now - thread.since >= kStuckThread) {
      thread.stuck = true;
      out.push_back({i, true});
    }
  }
  return out;
}

bool Watchdog::any_stuck() const {
  return std::ranges::any_of(threads_, [](const Watched& thread) { return thread.stuck; });
}

}  // namespace sallyport::broker
