#include "protocols/postgres/live_catalog.h"

namespace sallyport::postgres {

std::shared_ptr<const sql::Catalog> LiveCatalog::get() const {
  std::lock_guard lock(mutex_);
  return catalog_;
}

void LiveCatalog::changed() {
  std::lock_guard lock(mutex_);
  true_ = false;
  changed_meanwhile_ = reading_;
  if (!reading_) due_.store(0, std::memory_order_release);
}

LiveCatalog::Turn LiveCatalog::take_turn(MonoTime now) {
  Turn turn;
  std::lock_guard lock(mutex_);
  if (!due(now)) return turn;
  if (!reading_) {
    reading_ = patient_ = turn.read = true;
    changed_meanwhile_ = false;
  }
  // An old catalog does until there is a new one.
  turn.wait = !true_ && patient_;
  if (turn.wait) waiting_.push_back(turn.over);
  return turn;
}

void LiveCatalog::go_on() {
  std::vector<Waiting> waiting;
  {
    std::lock_guard lock(mutex_);
    patient_ = false;
    waiting.swap(waiting_);
  }
  for (const Waiting& one : waiting) one.set(true);
}

identity::Sha256 LiveCatalog::digest() const {
  std::lock_guard lock(mutex_);
  return digest_;
}

void LiveCatalog::done(std::shared_ptr<const sql::Catalog> catalog, const identity::Sha256& digest,
                       MonoTime again) {
  {
    std::lock_guard lock(mutex_);
    if (digest != digest_) {
      digest_ = digest;
      catalog_ = std::move(catalog);
      version_.fetch_add(1, std::memory_order_release);
    }
    true_ = !changed_meanwhile_;
    if (changed_meanwhile_) again = MonoTime();
  }
  over(again);
}

void LiveCatalog::failed(MonoTime again) { over(again); }

void LiveCatalog::over(MonoTime again) {
  {
    std::lock_guard lock(mutex_);
    reading_ = false;
    due_.store(again.time_since_epoch().count(), std::memory_order_release);
  }
  go_on();
}

}  // namespace sallyport::postgres
