#include "tools/admin/tail_hub.h"

#include "core/net/one_shot.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {

TailHub::Subscription::Subscription(TailHub& hub) : hub_(hub) {
  std::lock_guard lock(hub.mutex_);
  over_ = hub.closed_;
  hub.subscriptions_.push_back(this);
  ++hub.readers_;
}

TailHub::Subscription::~Subscription() {
  std::lock_guard lock(hub_.mutex_);
  hub_.subscriptions_.remove(this);
  --hub_.readers_;
}

// Runs what waits outside the lock: it posts to the reader's thread.
void TailHub::Subscription::wake_reader(std::unique_lock<std::mutex> lock) {
  std::function<void()> resume = std::move(resume_);
  resume_ = nullptr;
  lock.unlock();
  if (resume) resume();
}

bool TailHub::Subscription::push(const Line& line) {
  std::unique_lock lock(mutex_);
  if (!over_.empty()) return true;
  if (lines_.size() >= kTailQueueLines) return false;
  lines_.push_back(line);
  wake_reader(std::move(lock));
  return true;
}

void TailHub::Subscription::finish(const std::string& reason) {
  std::unique_lock lock(mutex_);
  if (over_.empty()) over_ = reason;
  wake_reader(std::move(lock));
}

std::string TailHub::Subscription::why() const {
  std::lock_guard lock(mutex_);
  return over_;
}

net::Awaitable<std::vector<TailHub::Line>> TailHub::Subscription::next() {
  std::function<void(std::function<void()>)> start = [this](std::function<void()> resume) {
    {
      std::lock_guard lock(mutex_);
      if (lines_.empty() && over_.empty()) {
        resume_ = std::move(resume);
        return;
      }
    }
    resume();
  };
  co_await net::suspend_until(std::move(start));
  std::vector<Line> out;
  std::lock_guard lock(mutex_);
  if (!over_.empty()) co_return out;
  out.assign(lines_.begin(), lines_.end());
  lines_.clear();
  co_return out;
}

void TailHub::publish(std::string line) {
  auto shared = std::make_shared<const std::string>(std::move(line));
  std::lock_guard lock(mutex_);
  for (Subscription* subscription : subscriptions_)
    if (!subscription->push(shared))
      subscription->finish("the reader was too slow; follow again to go on");
}

void TailHub::lose_line() noexcept {
  std::lock_guard lock(mutex_);
  // Short enough to need no memory.
  for (Subscription* subscription : subscriptions_) subscription->finish("out of memory");
}

void TailHub::close(const std::string& reason) {
  std::lock_guard lock(mutex_);
  closed_ = reason;
  for (Subscription* subscription : subscriptions_) subscription->finish(reason);
}

}  // namespace sallyport::admin
