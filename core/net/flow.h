// Small ways to put coroutines together, without the compile time of Asio's awaitable operators.
// All of them belong to one thread: the one of the executor the coroutine runs on. For a value that
// comes from another thread see one_shot.h.
#pragma once

#include <memory>
#include <optional>

#include "core/clock.h"
#include "core/net/awaitable.h"
#include "core/result.h"

namespace sallyport::net {

// Runs both at once and returns when both have ended: the two directions of a relay. An exception
// of either is rethrown after the end of the other. What they borrow must live in the caller's
// frame.
Awaitable<void> both(Awaitable<void> a, Awaitable<void> b);

// Lets the other coroutines of this thread run first.
Awaitable<void> yield();

Awaitable<Executor> this_executor();

// One coroutine waits for what another one on the same thread does. A set() with nobody waiting is
// remembered until the next wait(), once.
class Signal {
 public:
  explicit Signal(Executor executor);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void set();
  // kTimeout when the deadline passes first. At most one coroutine may wait at a time.
  Awaitable<Result<void>> wait(std::optional<MonoTime> deadline = std::nullopt);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::net
