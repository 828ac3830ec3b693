// Reads the catalogs of targets through connections of the broker's own, and keeps them for the
// sessions: one for each database of a target. Each reading is an event of the record,
// `catalog.read`. A target that does not tell leaves its sessions with what is known, which is
// logged and counted; nobody waits longer than kCatalogPatience. Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/protocol.h"
#include "protocols/postgres/catalog_answer.h"
#include "protocols/postgres/live_catalog.h"
#include "protocols/postgres/target_road.h"

namespace sallyport::postgres {

class CatalogKeeper {
 public:
  CatalogKeeper(const Services& services, TargetRoad& target, net::WorkerPool& workers)
      : services_(services), target_(target), workers_(workers) {}

  std::shared_ptr<LiveCatalog> find(const Target& target, const std::string& database);

  // Afterwards it is as new as it has to be, or cannot be had for now. The session is the one that
  // needs it, and the one that it is read for on the record.
  net::Awaitable<void> refresh(std::shared_ptr<LiveCatalog> live, std::shared_ptr<Session> session);

  struct Fetched {
    std::shared_ptr<const sql::Catalog> catalog;  // shared with the sessions
    identity::Sha256 digest{};
  };

 private:
  struct Kept {
    std::string target;
    std::shared_ptr<const TargetSettings> settings;  // another version: another server, perhaps
    std::shared_ptr<LiveCatalog> catalog;            // shared with the sessions
  };
  net::Awaitable<void> read(std::shared_ptr<LiveCatalog> live, std::shared_ptr<Session> session);
  net::Awaitable<Result<Fetched>> fetch(std::shared_ptr<LiveCatalog> live,
                                        std::shared_ptr<Session> session);
  static Fetched make(const CatalogAnswer& answer, const LiveCatalog& live, const Clock& clock);
  net::Awaitable<Result<void>> ask(Upstream& upstream, CatalogAnswer& answer);

  const Services& services_;
  TargetRoad& target_;
  net::WorkerPool& workers_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // the newest first
};

}  // namespace sallyport::postgres
