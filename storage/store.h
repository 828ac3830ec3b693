// The audit store on SQLite: the writing side. It is the Recorder of the broker (step 6 of the
// road); the byte format, files, tables and durability rules are in docs/audit-log.md. One thread
// of its own writes; every function may be called from any I/O thread and none blocks on the disk,
// except open() and stop(). When the disk is full, read-only, locked or failing, every queued
// record is refused with kNotRecorded and healthy() is false until the writer has written again; no
// restart is needed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/config/secret.h"
#include "core/recorder.h"
#include "core/result.h"
#include "storage/limits.h"
#include "storage/rotation.h"

namespace sallyport::storage {

enum class OnPayloadLimit { kTruncate, kEndSession };

struct StoreSettings {
  std::string path;      // of the main database; payload files are made beside it
  std::string_view key;  // the bytes behind `secrets.key`, at least 16; needed during open() only
  std::string_view previous_key;  // likewise of `secrets.previous_key`; empty: none
  std::uint64_t session_payload_limit = kSessionPayloadBytes;
  OnPayloadLimit on_payload_limit = OnPayloadLimit::kTruncate;
  // Facts for the `broker.start` event: version, libraries, configuration digest.
  std::vector<std::pair<std::string, std::string>> start_fields;
  std::size_t wal_bytes = kWalBytes;  // extended to this size in advance; 0: not
};

class StoreCore;
class Vault;

class SqliteStore final : public Recorder {
 public:
  // Opens or creates the store, takes its lock, checks its tail, completes what a crash left open,
  // and records `broker.start`, all before it returns. kInvalid: the key or path cannot be used;
  // kUnavailable: another broker holds the lock, or the disk does not take the first record;
  // kMalformed: the database is damaged, which it never repairs or replaces by itself. The detail
  // says what to do. `clock` outlives the store.
  static Result<std::unique_ptr<SqliteStore>> open(const StoreSettings& settings,
                                                   const Clock& clock);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  std::shared_ptr<SessionRecording> open_session(const SessionOpened& opened) override;
  Pending event(const Event& event) override;
  Pending login(const Login& login) override;
  Pending change(const Change& change) override;
  bool healthy() const override;

  // The sealed secrets; alive as long as the store.
  Vault& vault() { return *vault_; }

  // What a reload's `secrets` says: the key to be in force from now on, and the one before it
  // (empty: none). True: keys are to be wrapped anew, so rotate() is to be called. kInvalid:
  // another key than the one in force, which `previous` does not name; kUnavailable: a change is
  // under way.
  Result<bool> change_key(std::string_view key, std::string_view previous);
  // Also after open(): a change that an earlier run began, or that it was opened for.
  bool rotation_pending() const;
  // Wraps everything with the new key while the store is in use; waits while it is down.
  net::Awaitable<Result<RotationReport>> rotate();

  // The key of the masks that hash, made from the deployment key: the same for as long as the store
  // exists, over restarts and changes of `secrets.key`.
  config::SecretBytes mask_key() const;

  // Writes what is queued and `broker.stop`, then lets go of the files. Records that come later are
  // refused. The destructor does the same.
  void stop();

  // Records on disk, for metrics.
  std::uint64_t leaves() const;

 private:
  SqliteStore(std::shared_ptr<StoreCore> core, std::unique_ptr<Vault> vault);
  std::shared_ptr<StoreCore> core_;  // shared with the recordings, which may outlive the store
  std::unique_ptr<Vault> vault_;
  std::mutex mutex_;
  std::optional<KeyRing> next_;  // what a rotation is to put in force
};

}  // namespace sallyport::storage
