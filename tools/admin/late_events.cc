#include "tools/admin/late_events.h"

#include "core/log/log.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {

net::Awaitable<void> LateEvents::record(Event event) {
  Pending recorded = recorder_.event(event);
  Result<EventNumber> number = co_await recorded.wait();
  if (!number) keep({std::move(event), recorded});
}

void LateEvents::keep(Kept kept) {
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kLateEvents) {
    log::error("the audit store takes no records and too many wait: one is lost",
               {{"event", kept.event.type}});
    return;
  }
  kept_.push_back(std::move(kept));
}

void LateEvents::retry() {
  std::lock_guard lock(mutex_);
  // In their order: what follows waits for what went before.
  while (!kept_.empty() && kept_.front().recorded.ready()) {
    Kept& first = kept_.front();
    std::optional<Result<EventNumber>> number = first.recorded.peek();
    if (number && number->ok()) {
      kept_.pop_front();
      continue;
    }
    if (recorder_.healthy()) first.recorded = recorder_.event(first.event);
    return;
  }
}

}  // namespace sallyport::admin
