#include "storage/store.h"

#include <openssl/crypto.h>

#include "core/net/flow.h"
#include "core/net/runtime.h"
#include "storage/recording.h"
#include "storage/store_core.h"
#include "storage/vault.h"

namespace sallyport::storage {
namespace {

// No payload is hashed as this: what stands before one is a random salt.
constexpr std::string_view kMaskKeyLabel = "sallyport mask key 1";

}  // namespace

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
bool SqliteStore::rotation_pending() const { return core_->rotation_pending(); }

Result<bool> SqliteStore::change_key(std::string_view key, std::string_view previous) {
  auto ring = KeyRing::derive(key, previous);
  if (!ring) return ring.error();
  std::lock_guard lock(mutex_);
  const std::string& in_force = core_->keys().get()->current().id();
  const std::string& wanted = ring->current().id();
  const bool coming = next_ && wanted == next_->current().id();
  if (coming || (wanted == in_force && !(next_ && core_->rotation_pending()))) return false;
  if (core_->rotation_pending())
    return Error{
        ErrorCode::kUnavailable,
        "secrets.key: a change of the key is under way; change it again when that is over"};
  if (ring->previous() == nullptr || ring->previous()->id() != in_force)
    return Error{ErrorCode::kInvalid,
                 "secrets.key: is another key than the one in force; name that one as "
                 "secrets.previous_key"};
  next_ = std::move(*ring);
  core_->rotation_pending() = true;
  return true;
}

net::Awaitable<Result<RotationReport>> SqliteStore::rotate() {
  const std::shared_ptr<StoreCore> core = core_;
  const net::Executor executor = co_await net::this_executor();
  std::optional<KeyRing> ring;
  {
    std::lock_guard lock(mutex_);
    ring = next_ ? *next_ : *core->keys().get();
  }
  net::Timer timer(executor);
  for (;;) {
    Result<RotationReport> done = co_await storage::rotate(core, *ring);
    if (done || done.error().code != ErrorCode::kNotRecorded) {
      if (done) core->rotation_pending() = false;
      co_return done;
    }
    Result<void> slept = co_await timer.sleep_for(kRotationRetry);
    if (!slept) co_return slept.error();
  }
}

config::SecretBytes SqliteStore::mask_key() const {
  Hash sum = core_->hmac().sum({kMaskKeyLabel});
  config::SecretBytes key{std::string(as_text(sum))};
  OPENSSL_cleanse(sum.data(), sum.size());
  return key;
}

void SqliteStore::stop() { core_->stop(); }
std::uint64_t SqliteStore::leaves() const { return core_->leaves(); }

}  // namespace sallyport::storage
