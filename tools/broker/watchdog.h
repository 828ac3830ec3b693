// Finds I/O threads whose event loop stands still. Asked by the main thread about once a second.
#pragma once

#include <functional>
#include <vector>

#include "core/clock.h"

namespace sallyport::broker {

class Watchdog {
 public:
  // `heartbeat` gives the counter of a thread, which grows while its loop turns.
  Watchdog(unsigned threads, std::function<std::uint64_t(unsigned)> heartbeat);

  struct Finding {
    unsigned thread = 0;
    bool stuck = false;  // false: it turns again
  };
  // What changed since the last call.
  std::vector<Finding> check(MonoTime now);
  bool any_stuck() const;

 private:
  struct Watched {
    std::uint64_t count = 0;
    MonoTime since;  // when the count was first seen
    bool stuck = false;
    bool seen = false;
  };
  std::function<std::uint64_t(unsigned)> heartbeat_;
  std::vector<Watched> threads_;
};

}  // namespace sallyport::broker
