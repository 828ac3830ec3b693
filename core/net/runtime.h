// The I/O threads, each with an io_context of its own: a session lives and dies on one of them, so
// its code needs no locks. run() returns when every thread has stopped. A std::bad_alloc that
// escapes a handler ends that handler, never the thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/awaitable.h"
#include "core/result.h"

namespace sallyport::net {

class Runtime {
 public:
  explicit Runtime(unsigned threads);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  unsigned threads() const;
  Executor executor(unsigned thread) const;
  void start();  // spawns the threads
  void stop();   // any thread; pending operations are abandoned
  // Waits for the threads, then destroys the coroutines that were still waiting: from here on
  // nothing refers to services that only outlive join(). What they hold must be able to go away
  // then.
  void join();

  // A counter that each thread's event loop raises at least once a second while it is healthy: what
  // the watchdog looks at.
  std::uint64_t heartbeat(unsigned thread) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Starts a coroutine that nobody waits for. An exception that escapes it (std::bad_alloc) is logged
// and ends it; its frame's destructors close what it owned.
void spawn(Executor executor, Awaitable<void> coroutine);

// Runs `action` on the executor's thread, soon.
void post(Executor executor, std::function<void()> action);

// Ends early with kClosed when `cancel` of the same timer is called.
class Timer {
 public:
  explicit Timer(Executor executor);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  Awaitable<Result<void>> sleep_for(std::chrono::milliseconds duration);
  void cancel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A small bounded pool for libraries that block (name resolution excluded: Asio has its own
// thread).
class WorkerPool {
 public:
  WorkerPool(unsigned threads, std::size_t queue_limit);
  ~WorkerPool();  // runs what is queued, then joins
  // False when the queue is full: the caller refuses its work.
  bool submit(std::function<void()> job);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::net
