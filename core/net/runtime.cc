#include "core/net/runtime.h"

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <exception>
#include <thread>

#include "core/log/log.h"
#include "core/net/asio_types.h"
#include "core/net/limits.h"

namespace sallyport::net {
namespace {

class Context : public asio::io_context {
 public:
  Context() : asio::io_context(1) {}  // One thread runs it; others may post.
  using asio::execution_context::shutdown;
};

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a standard exception";
  }
}

// Logging needs memory too; when there is none the line is lost, not the thread.
void log_escaped(const char* what, const std::exception_ptr& error) noexcept {
  try {
    log::error(what, {{"cause", describe(error)}});
  } catch (const std::exception&) {
    return;
  }
}

class Loop {
 public:
  Loop() : work_(asio::make_work_guard(context_)), timer_(context_.get_executor()) {}

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() { context_.stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void abandon() { context_.shutdown(); }
  Executor executor() { return context_.get_executor(); }
  std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }

 private:
  void run() {
    for (;;) {
      try {
        if (!armed_) beat();
        context_.run();
        return;
      } catch (...) {
        log_escaped("an exception reached an I/O thread's loop", std::current_exception());
      }
    }
  }

  // Its failure to arm itself again (out of memory) is made good by run().
  void beat() {
    beats_.fetch_add(1, std::memory_order_relaxed);
    timer_.expires_after(kHeartbeat);
    armed_ = false;
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) beat();
    });
    armed_ = true;
  }

  Context context_;
  asio::executor_work_guard<Executor> work_;
  SteadyTimer timer_;
  bool armed_ = false;
  std::atomic<std::uint64_t> beats_{0};
  std::thread thread_;
};

}  // namespace

struct Runtime::Impl {
  std::vector<std::unique_ptr<Loop>> loops;
};

Runtime::Runtime(unsigned threads) : impl_(std::make_unique<Impl>()) {
  for (unsigned i = 0; i < std::max(threads, 1u); ++i)
    impl_->loops.push_back(std::make_unique<Loop>());
}

Runtime::~Runtime() {
  stop();
  join();
}

unsigned Runtime::threads() const { return static_cast<unsigned>(impl_->loops.size()); }
Executor Runtime::executor(unsigned thread) const { return impl_->loops.at(thread)->executor(); }

void Runtime::start() {
  for (auto& loop : impl_->loops) loop->start();
}

void Runtime::stop() {
  for (auto& loop : impl_->loops) loop->stop();
}

void Runtime::join() {
  for (auto& loop : impl_->loops) loop->join();
  // Twice, because what one loop's coroutines let go of may have been posted to another loop.
  for (int round = 0; round < 2; ++round)
    for (auto& loop : impl_->loops) loop->abandon();
}

std::uint64_t Runtime::heartbeat(unsigned thread) const { return impl_->loops.at(thread)->beats(); }

void spawn(Executor executor, Awaitable<void> coroutine) {
  auto ended = [](std::exception_ptr error) {
    if (error) log_escaped("an exception ended a coroutine", error);
  };
  asio::co_spawn(executor, std::move(coroutine), ended);
}

void post(Executor executor, std::function<void()> action) {
  asio::post(executor, std::move(action));
}

}  // namespace sallyport::net
