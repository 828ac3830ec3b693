#include "core/identity/access_control.h"

#include <algorithm>

#include "core/identity/limits.h"
#include "core/identity/logins.h"
#include "core/log/log.h"

namespace sallyport::identity {
namespace {

// The names that a token can have (claims.h) and one more rule would not find.
Result<void> check_order(const AccessControl::Order& order) {
  const std::string& name = order.subject;
  const bool control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
  if (name.empty() || name.size() > kNameBytes || control)
    return Error{ErrorCode::kInvalid, "a subject has 1 to 255 bytes without control characters"};
  if (order.reason.size() > kAccessReasonBytes)
    return Error{ErrorCode::kInvalid, "the reason is longer than 1,024 bytes"};
  return {};
}

Event event_of(std::string type, const DisabledIdentity& order) {
  Event event{std::move(type), {{"subject", order.subject}}};
  if (!order.issuer.empty()) event.fields.emplace_back("issuer", order.issuer);
  if (!order.reason.empty()) event.fields.emplace_back("reason", order.reason);
  event.fields.emplace_back("by", order.by);
  return event;
}

}  // namespace

Pending AccessControl::record(const DisabledIdentity& order) {
  return recorder_.event(event_of("access.disabled", order));
}

Result<AccessControl::Disabled> AccessControl::disable(const Order& order) {
  if (Result<void> sound = check_order(order); !sound) return sound.error();
  DisabledIdentity identity{order.subject, order.issuer, order.reason, order.by, clock_.wall()};
  if (Result<void> done = book_.disable(identity); !done) return done.error();
  Disabled out;
  {
    const std::lock_guard lock(mutex_);
    out.recorded = record(identity);
    unrecorded_.push_back({std::move(identity), out.recorded});
  }
  if (live_.sessions != nullptr) {
    out.sessions = live_.sessions->end_where(
        [this](const Session& s) { return book_.shuts_out(s.principal()).has_value(); },
        "disabled");
  }
  log::warn("access disabled",
            {{"subject", order.subject}, {"issuer", order.issuer}, {"by", order.by}});
  return out;
}

net::Awaitable<Result<void>> AccessControl::enable(Order order) {
  if (Result<void> sound = check_order(order); !sound) co_return sound.error();
  const std::vector<DisabledIdentity> orders = book_.orders(order.subject, order.issuer);
  if (orders.empty()) {
    const bool wider = !book_.orders(order.subject, {}).empty();
    co_return Error{ErrorCode::kNotFound,
                    wider ? "disabled for every or another issuer; enable it without an issuer"
                          : "the identity is not disabled"};
  }
  // In the log the order comes before its end.
  retry_records();
  const DisabledIdentity end{order.subject, order.issuer, order.reason, order.by, {}};
  Pending recorded = recorder_.event(event_of("access.enabled", end));
  const Result<EventNumber> number = co_await recorded.wait();
  if (!number) co_return number.error();
  book_.enable(orders);
  if (live_.logins != nullptr) live_.logins->unlock(order.subject, order.by);
  log::warn("access enabled",
            {{"subject", order.subject}, {"issuer", order.issuer}, {"by", order.by}});
  co_return Result<void>();
}

void AccessControl::keep_house() {
  if (recorder_.healthy()) retry_records();
}

void AccessControl::retry_records() {
  const std::lock_guard lock(mutex_);
  const auto settled = [this](Unrecorded& one) {
    const std::optional<Result<EventNumber>> result = one.pending.peek();
    if (!result) return false;
    if (result->ok()) return true;
    // Enabled meanwhile: the order must not come back at the next start.
    if (book_.orders(one.order.subject, one.order.issuer).empty()) return true;
    one.pending = record(one.order);
    return false;
  };
  std::erase_if(unrecorded_, settled);
}

}  // namespace sallyport::identity
