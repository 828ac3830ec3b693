#include "storage/store.h"

#include "storage/recording.h"
#include "storage/store_core.h"
#include "storage/vault.h"

namespace sallyport::storage {

SqliteStore::SqliteStore(std::shared_ptr<StoreCore> core, std::unique_ptr<Vault> vault)
    : core_(std::move(core)), vault_(std::move(vault)) {}
SqliteStore::~SqliteStore() { stop(); }

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const StoreSettings& settings,
                                                       const Clock& clock) {
  auto core = StoreCore::open(settings, clock);
  if (!core) return core.error();
  auto vault = Vault::load(*core);
  if (!vault) return vault.error();
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(*core), std::move(*vault)));
}

std::shared_ptr<SessionRecording> SqliteStore::open_session(const SessionOpened& opened) {
  return Recording::open(core_, opened);
}

Pending SqliteStore::event(const Event& event) {
  if (!is_event_kind(event.type)) {
    Pending pending;
    pending.set(Error{ErrorCode::kInvalid, "not a type that an event may have: " + event.type});
    return pending;
  }
  return core_->submit_event(make_event(event));
}

Pending SqliteStore::login(const Login& login) { return core_->submit_event(make_login(login)); }
Pending SqliteStore::change(const Change& change) {
  return core_->submit_event(make_change(change));
}
bool SqliteStore::healthy() const { return core_->healthy(); }
void SqliteStore::stop() { core_->stop(); }
std::uint64_t SqliteStore::leaves() const { return core_->leaves(); }

}  // namespace sallyport::storage
