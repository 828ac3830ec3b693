// Drives coroutines from a test, on the test's own thread.
#pragma once

#include <optional>
#include <stdexcept>

#include "core/net/runtime.h"

namespace sallyport::test {

// An io_context that the test turns by hand.
class Loop {
 public:
  net::Executor executor() { return io_.get_executor(); }

  // Runs what is ready, without waiting for anything.
  void turn() {
    io_.restart();
    io_.poll();
  }

  // Runs the coroutine to its end and returns what it returned.
  template <class T>
  T run(net::Awaitable<T> coroutine) {
    std::optional<T> out;
    start(std::move(coroutine), out);
    while (!out) {
      io_.restart();
      if (io_.run_one() == 0)
        throw std::runtime_error("the coroutine waits for nothing that comes");
    }
    return std::move(*out);
  }

  // Starts the coroutine; `out` gets its value when it ends. `out` must outlive it.
  template <class T>
  void start(net::Awaitable<T> coroutine, std::optional<T>& out) {
    net::spawn(executor(), store(std::move(coroutine), out));
  }

 private:
  template <class T>
  static net::Awaitable<void> store(net::Awaitable<T> coroutine, std::optional<T>& out) {
    T value = co_await std::move(coroutine);
    out.emplace(std::move(value));
  }
  asio::io_context io_{1};
};

}  // namespace sallyport::test
