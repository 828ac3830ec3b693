#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "core/log/log.h"
#include "core/net/runtime.h"

namespace sallyport::net {

struct WorkerPool::Impl {
  explicit Impl(std::size_t limit) : queue_limit(limit) {}

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> queue;
  const std::size_t queue_limit;
  bool stopping = false;
  std::vector<std::thread> threads;

  void work();
};

void WorkerPool::Impl::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    {
      // The job goes away unlocked: what it holds may end other things.
      std::function<void()> job = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      try {
        job();
      } catch (...) {
        // Without fields, which would need memory outside of the log's own care.
        log::error("a job of the worker pool ended early");
      }
    }
    lock.lock();
  }
}

WorkerPool::WorkerPool(unsigned threads, std::size_t queue_limit)
    : impl_(std::make_unique<Impl>(queue_limit)) {
  for (unsigned i = 0; i < threads; ++i) impl_->threads.emplace_back(&Impl::work, impl_.get());
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

bool WorkerPool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stopping || impl_->queue.size() >= impl_->queue_limit) return false;
    impl_->queue.push_back(std::move(job));
  }
  impl_->changed.notify_one();
  return true;
}

}  // namespace sallyport::net
