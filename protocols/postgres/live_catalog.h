// The catalog of one database of a target as the broker last read it, and whether it has to be read
// again: when it is old, and when a session has defined something. Shared by the sessions in that
// database, whoever reads it, and used on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/identity/digest.h"
#include "core/net/one_shot.h"
#include "core/target.h"
#include "protocols/postgres/sql/catalog.h"

namespace sallyport::postgres {

class LiveCatalog {
 public:
  explicit LiveCatalog(std::string database) : database_(std::move(database)) {}
  const std::string& database() const { return database_; }

  // Never null: before it was read it is empty, and names are taken as they stand.
  std::shared_ptr<const sql::Catalog> get() const;
  // Grows with each catalog that get() begins to give.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // A session has defined something: what was read may not be true any more.
  void changed();
  bool due(MonoTime now) const {
    return now.time_since_epoch().count() >= due_.load(std::memory_order_acquire);
  }

  using Waiting = net::OneShot<bool>;
  struct Turn {
    bool read = false;  // the caller is to read it now, and then calls done() or failed()
    bool wait = false;  // `over` is told when there is no more to wait for
    Waiting over;
  };
  // Whoever finds it due asks what to do.
  Turn take_turn(MonoTime now);
  // Those who wait have waited long enough; so have those who would come later.
  void go_on();
  // `digest` tells one catalog from another; the same one again stays in its place.
  void done(std::shared_ptr<const sql::Catalog> catalog, const identity::Sha256& digest,
            MonoTime again);
  identity::Sha256 digest() const;
  void failed(MonoTime again);

 private:
  void over(MonoTime again);

  const std::string database_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<MonoTime::rep> due_{0};
  mutable std::mutex mutex_;
  // Shared with the sessions that work with it.
  std::shared_ptr<const sql::Catalog> catalog_ = std::make_shared<const sql::Catalog>();
  identity::Sha256 digest_{};
  bool true_ = false;               // nothing has changed since it was read, as far as we know
  bool changed_meanwhile_ = false;  // while it is being read
  bool reading_ = false;
  bool patient_ = false;
  std::vector<Waiting> waiting_;
};

}  // namespace sallyport::postgres
