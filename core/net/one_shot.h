// A value made on one thread and awaited on another: the only way a coroutine waits for the audit
// writer or a worker. set() may be called from any thread, once; wait() resumes the coroutine on
// the executor it runs on. The state is shared by the one who sets and the one who waits; either
// may go away first, and a value nobody waits for is dropped.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/net/awaitable.h"

namespace sallyport::net {

// Suspends the calling coroutine until the callback given to `start` is invoked, from any thread
// and at most once. `start` runs before the suspension is complete and must not throw. A coroutine
// whose callback is never invoked waits until Runtime::join(), which destroys it.
Awaitable<void> suspend_until(std::function<void(std::function<void()>)> start);

template <class T>
class OneShot {
 public:
  OneShot() : state_(std::make_shared<State>()) {}

  void set(T value) const {
    std::function<void()> resume;
    {
      std::lock_guard lock(state_->mutex);
      if (state_->value) return;
      state_->value.emplace(std::move(value));
      resume = std::move(state_->resume);
      state_->resume = nullptr;
    }
    if (resume) resume();
  }

  bool ready() const {
    std::lock_guard lock(state_->mutex);
    return state_->value.has_value();
  }

  // A copy of the value when it is ready.
  std::optional<T> peek() const {
    std::lock_guard lock(state_->mutex);
    return state_->value;
  }

  // A copy of the value; may be awaited again once it is ready, by one coroutine at a time.
  Awaitable<T> wait() const {
    auto state = state_;
    if (!ready()) {
      std::function<void(std::function<void()>)> start = [state](std::function<void()> resume) {
        {
          std::lock_guard lock(state->mutex);
          if (!state->value) {
            state->resume = std::move(resume);
            return;
          }
        }
        resume();
      };
      co_await suspend_until(std::move(start));
    }
    std::lock_guard lock(state->mutex);
    co_return *state->value;
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::function<void()> resume;
  };
  std::shared_ptr<State> state_;
};

}  // namespace sallyport::net
