#include <catch2/catch.hpp>
#include <new>

#include "tests/core/net_support.h"

namespace sallyport::net {
namespace {

using test::RunningRuntime;

Awaitable<void> wait_then_note(Signal& signal, std::string& notes) {
  auto waited = co_await signal.wait(test::soon());
  notes += waited ? "woken " : "late ";
}

Awaitable<void> note_then_set(Signal& signal, std::string& notes) {
  co_await yield();
  notes += "set ";
  signal.set();
}

Awaitable<std::string> wait_and_set() {
  std::string notes;
  Signal signal(co_await this_executor());
  co_await both(wait_then_note(signal, notes), note_then_set(signal, notes));
  notes += "done";
  co_return notes;
}

Awaitable<std::string> set_before_wait() {
  std::string notes;
  Signal signal(co_await this_executor());
  signal.set();
  co_await wait_then_note(signal, notes);
  auto second = co_await signal.wait(test::after(std::chrono::milliseconds(1)));
  notes += second ? "woken" : to_string(second.error().code);
  co_return notes;
}

Awaitable<void> do_nothing() { co_return; }

Awaitable<void> fail_at_once() {
  throw std::bad_alloc();
  co_return;
}

Awaitable<std::string> join_with_failure() {
  std::string notes;
  Signal signal(co_await this_executor());
  try {
    co_await both(fail_at_once(), note_then_set(signal, notes));
  } catch (const std::bad_alloc&) {
    notes += "thrown";
  }
  co_return notes;
}

TEST_CASE("both waits for the two and a signal wakes the one from the other") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(wait_and_set()) == "set woken done");
}

TEST_CASE("both returns when its coroutines never wait") {
  RunningRuntime runtime(1);
  runtime.run(both(do_nothing(), do_nothing()));
}

TEST_CASE("a signal set early is remembered once") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(set_before_wait()) == "woken timeout");
}

TEST_CASE("both rethrows a failure after the other has ended") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(join_with_failure()) == "set thrown");
}

}  // namespace
}  // namespace sallyport::net
