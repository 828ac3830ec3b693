#include <catch2/catch.hpp>
#include <condition_variable>
#include <new>
#include <thread>

#include "core/net/one_shot.h"
#include "tests/core/net_support.h"

namespace sallyport::net {
namespace {

using test::RunningRuntime;

Awaitable<void> throw_bad_alloc() {
  co_await yield();
  throw std::bad_alloc();
}

Awaitable<std::thread::id> current_thread() { co_return std::this_thread::get_id(); }

Awaitable<Result<void>> sleep_and_time_out(std::chrono::milliseconds duration) {
  Timer timer(co_await this_executor());
  co_return co_await timer.sleep_for(duration);
}

Awaitable<void> sleep_on(Timer& timer, std::promise<Result<void>>& outcome) {
  auto slept = co_await timer.sleep_for(std::chrono::hours(1));
  outcome.set_value(slept);
}

// Adds what `count` one-shots give that other threads set.
Awaitable<std::uint64_t> add_up(WorkerPool& pool, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= count; ++i) {
    OneShot<std::uint64_t> number;
    std::function<void()> job = [number, i] { number.set(i); };
    if (!pool.submit(std::move(job))) number.set(i);
    std::uint64_t value = co_await number.wait();
    sum += value;
  }
  co_return sum;
}

struct Gone {
  explicit Gone(std::atomic<int>& counter) : count(counter) {}
  ~Gone() { ++count; }
  std::atomic<int>& count;
};

Awaitable<void> wait_for_ever(std::atomic<int>& gone, std::promise<void>& started) {
  Gone mark(gone);
  Timer timer(co_await this_executor());
  started.set_value();
  auto ended = co_await timer.sleep_for(std::chrono::hours(1));
  static_cast<void>(ended);
}

Awaitable<void> wait_for_value(std::atomic<int>& gone, std::promise<void>& started,
                               OneShot<int> value) {
  Gone mark(gone);
  started.set_value();
  int ignored = co_await value.wait();
  static_cast<void>(ignored);
}

TEST_CASE("the runtime survives a bad_alloc that escapes a coroutine") {
  RunningRuntime runtime(1);
  auto before = runtime.run(current_thread());
  spawn(runtime->executor(0), throw_bad_alloc());
  CHECK(runtime.run(current_thread()) == before);
}

TEST_CASE("the runtime survives a bad_alloc that escapes a posted action") {
  RunningRuntime runtime(1);
  auto before = runtime.run(current_thread());
  post(runtime->executor(0), [] { throw std::bad_alloc(); });
  CHECK(runtime.run(current_thread()) == before);
}

TEST_CASE("a coroutine runs on the thread of its executor") {
  RunningRuntime runtime(2);
  auto first = runtime.run(current_thread(), 0);
  auto second = runtime.run(current_thread(), 1);
  CHECK(first != second);
  CHECK(first != std::this_thread::get_id());
}

TEST_CASE("each thread's heartbeat goes on") {
  RunningRuntime runtime(2);
  for (unsigned thread : {0u, 1u}) {
    auto before = runtime->heartbeat(thread);
    while (runtime->heartbeat(thread) < before + 2)
      REQUIRE(runtime.run(sleep_and_time_out(std::chrono::milliseconds(20))));
  }
}

TEST_CASE("a cancelled timer ends with closed") {
  RunningRuntime runtime(1);
  auto timer = std::make_unique<Timer>(runtime->executor(0));
  std::promise<Result<void>> outcome;
  spawn(runtime->executor(0), sleep_on(*timer, outcome));
  post(runtime->executor(0), [&timer] { timer->cancel(); });
  auto result = outcome.get_future().get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kClosed);
  runtime->stop();
  runtime->join();
}

TEST_CASE("one-shots carry values from other threads under load") {
  WorkerPool pool(3, 1'000);
  RunningRuntime runtime(2);
  constexpr std::uint64_t kEach = 2'000;
  std::vector<std::future<std::uint64_t>> sums;
  for (unsigned i = 0; i < 16; ++i)
    sums.push_back(std::async(std::launch::async, [&runtime, &pool, i] {
      return runtime.run(add_up(pool, kEach), i % 2);
    }));
  for (auto& sum : sums) CHECK(sum.get() == kEach * (kEach + 1) / 2);
}

TEST_CASE("join destroys the coroutines that were still waiting") {
  std::atomic<int> gone{0};
  OneShot<int> never;
  {
    Runtime runtime(2);
    runtime.start();
    std::promise<void> on_timer;
    std::promise<void> on_value;
    spawn(runtime.executor(0), wait_for_ever(gone, on_timer));
    spawn(runtime.executor(1), wait_for_value(gone, on_value, never));
    on_timer.get_future().get();
    on_value.get_future().get();
    runtime.stop();
    runtime.join();
    CHECK(gone == 2);
    never.set(1);
  }
  CHECK(gone == 2);
}

TEST_CASE("the worker pool refuses work beyond its queue") {
  WorkerPool pool(1, 2);
  std::promise<void> started;
  std::promise<void> release;
  auto released = release.get_future().share();
  REQUIRE(pool.submit([&started, released] {
    started.set_value();
    released.wait();
  }));
  started.get_future().get();
  std::atomic<int> ran{0};
  CHECK(pool.submit([&ran] { ++ran; }));
  CHECK(pool.submit([&ran] { ++ran; }));
  CHECK_FALSE(pool.submit([&ran] { ++ran; }));
  release.set_value();
  while (ran != 2) std::this_thread::yield();
  CHECK(pool.submit([] {}));
}

TEST_CASE("the worker pool survives a job that throws and runs what is queued before it ends") {
  std::atomic<int> ran{0};
  {
    WorkerPool pool(2, 100);
    REQUIRE(pool.submit([] { throw std::bad_alloc(); }));
    for (int i = 0; i < 50; ++i) REQUIRE(pool.submit([&ran] { ++ran; }));
  }
  CHECK(ran == 50);
}

}  // namespace
}  // namespace sallyport::net
