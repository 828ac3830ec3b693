// The log on disk, seen from the writer thread: opens and checks the files, appends batches of
// records in one transaction each, and after a failure goes back to what the disk really holds. All
// functions belong to one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "storage/derive.h"
#include "storage/keys.h"
#include "storage/merkle.h"
#include "storage/payload_files.h"
#include "storage/record_queue.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

class LogWriter {
 public:
  // `keys`: wrap the keys of sessions, and open what earlier runs left.
  LogWriter(std::string path, std::size_t wal_bytes, const Clock& clock,
            std::shared_ptr<const KeysInForce> keys);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Opens the main database, or makes it where nothing of a store is. `thorough`: also looks
  // through its structure for a bounded time. What was acknowledged by this object before must
  // still be there.
  Result<void> open(bool thorough);

  // Reads the deployment's payload hash key, or makes it in a new store. kInvalid: another
  // `secrets.key`.
  Result<SecretKey> payload_hash_key();
  // Whether the store has keys that are not wrapped by the one in force, or may have; noted in the
  // store before any is wrapped by that. kInvalid: it has, and the key before is not at hand.
  Result<bool> rotation_pending();
  // Counts this run of the broker; durable when it returns.
  Result<std::uint64_t> begin_run();
  // Records that complete what earlier runs left open, and removes payloads that no leaf can name
  // any more.
  Result<std::vector<Record>> left_open(const HmacKey& hmac);

  // All or nothing, durable when it returns; out of memory it throws, and nothing of the batch is
  // acknowledged. `numbers` has one result per record: kInvalid for one
  // that does not fit the log, which is left out. After an error nothing of the batch is
  // acknowledged.
  Result<void> commit(std::vector<Record>& batch, std::vector<Result<EventNumber>>& numbers);

  // The main database can no longer be relied on: open() before the next commit().
  bool suspect() const { return !db_.is_open() || db_.suspect(); }
  // When payloads were what could not be written: whether they can be again.
  Result<void> probe_payloads();
  void busy_timeout(std::chrono::milliseconds wait);
  std::uint64_t size() const { return frontier_.size(); }
  // Opens, or makes, the payload file of the month, so that a session's first payload needs no
  // descriptors that others may have used up.
  Result<void> open_payloads();
  // Moves everything into the database file and lets go of it.
  void close();

 private:
  struct Pieces;  // what left_open() collects
  Result<void> open_file(bool thorough);
  Result<void> check_structure();
  Result<void> prepare_statements();
  Result<void> read_tail();
  Result<Hash> node(unsigned level, std::uint64_t index);
  Result<void> write_chunks(const std::vector<Record>& batch);
  Result<void> write_leaves(std::vector<Record>& batch, std::vector<Result<EventNumber>>& numbers);
  Result<EventNumber> write_one(Record& record, Frontier& frontier);
  Result<EventNumber> append(Record& record, Frontier& frontier);
  Result<void> keep_session_key(const SessionId& session, const SecretKey& key);
  Result<void> complete_repair(Record& record);
  Result<void> note_mark();
  void roll_back();
  void try_roll_back();
  std::optional<std::uint64_t> state(std::string_view name);
  Result<void> set_state(std::string_view name, std::uint64_t value);

  const std::string path_;
  const std::size_t wal_bytes_;
  const Clock& clock_;
  const std::shared_ptr<const KeysInForce> keys_;  // shared with the store
  std::string boot_;
  std::chrono::milliseconds busy_{kBusy};
  Hasher hasher_;
  Frontier frontier_;  // of what is acknowledged
  // Chunks on disk that no leaf names yet.
  std::set<std::uint64_t> unnamed_;
  std::uint64_t highest_id_ = 0;
  MonoTime marked_at_{};
  bool failed_ = false;           // the main database was given up after an I/O error
  bool payloads_failed_ = false;  // payloads were what could not be written
  Database db_;
  PayloadWriter payloads_;
  WalKeeper wal_;
  std::optional<Deriver> deriver_;
  Statement insert_leaf_;
  Statement insert_payload_;
  Statement insert_key_;
  Statement read_hashes_;
  Statement set_state_;
};

// In the table `state`: 1 while a change of `secrets.key` is under way.
inline constexpr std::string_view kRotationState = "key_rotation";

// Refuses, rather than makes anew, where parts of a store are without its main database.
Result<void> make_main_database(const std::string& path);

}  // namespace sallyport::storage
