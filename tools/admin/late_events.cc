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
  std::erase_if(kept_, [](const Kept& one) {
    std::optional<Result<EventNumber>> number = one.recorded.peek();
    return number && number->ok();
  });
  if (!recorder_.healthy()) return;
  for (Kept& one : kept_)
    if (one.recorded.ready()) one.recorded = recorder_.event(one.event);
}

}  // namespace sallyport::admin
