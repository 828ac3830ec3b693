// The end, in order: no new connections, what is in flight finishes (or is cut), sessions end, the
// threads stop, and last the store writes what it has.
#include <fmt/format.h>

#include "core/limits.h"
#include "core/log/log.h"
#include "tools/broker/broker.h"
#include "tools/broker/limits.h"

namespace sallyport::broker {

// True when every agent's connection is gone. SIGINT cuts an interruptible wait short.
bool Broker::wait_for_connections(std::chrono::milliseconds most, bool interruptible) {
  MonoTime until = clock_.mono() + most;
  MonoTime sweep = clock_.mono() + kHousekeeping;
  while (connections_.in_use() > 0 && clock_.mono() < until) {
    auto signal = wait_for_signal(kStopPoll);
    if (interruptible && signal == Signal::kStop) return false;
    if (clock_.mono() < sweep) continue;
    housekeeping();
    sweep = clock_.mono() + kHousekeeping;
  }
  return connections_.in_use() == 0;
}

void Broker::shut_down(bool drain) {
  notify_stopping();
  draining_ = true;
  log::info(drain ? "draining" : "stopping",
            {{"connections", fmt::format("{}", connections_.in_use())},
             {"sessions", fmt::format("{}", sessions_->size())}});
  for (Door& door : doors_) {
    door.listener->stop();
    door.service->drain();
  }
  if (drain && !wait_for_connections(kDrainDeadline, true))
    log::warn("cutting connections that did not finish",
              {{"connections", fmt::format("{}", connections_.in_use())}});
  for (const auto& session : sessions_->live()) sessions_->end(session->id(), "shutdown");
  wait_for_connections(kCutDeadline, false);

  hub_.close("the broker stops");
  for (MonoTime until = clock_.mono() + kFarewell; hub_.followed() && clock_.mono() < until;)
    wait_for_signal(kStopPoll);
  for (auto& listener : admin_listeners_) listener->stop();
  runtime_->stop();
  runtime_->join();
  // Sessions that began between the two looks above.
  for (const auto& session : sessions_->live()) sessions_->end(session->id(), "shutdown");
  store_->stop();
  log::info("stopped");
}

}  // namespace sallyport::broker
