// Events of acts that do not wait for the store: what it refuses is kept and told again until it
// takes it. Thread-safe.
#pragma once

#include <deque>
#include <mutex>

#include "core/recorder.h"

namespace sallyport::admin {

class LateEvents {
 public:
  // `recorder` outlives it.
  explicit LateEvents(Recorder& recorder) : recorder_(recorder) {}

  // Returns when the event is durable, or kept because the store refused it.
  net::Awaitable<void> record(Event event);

  // Tells the store again what it refused. Called by a timer.
  void retry();

 private:
  struct Kept {
    Event event;
    Pending recorded;
  };
  void keep(Kept kept);

  Recorder& recorder_;
  std::mutex mutex_;
  std::deque<Kept> kept_;
};

}  // namespace sallyport::admin
