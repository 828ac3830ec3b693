// The payload rows: those of commands' texts in the main database, all others in one file per month
// beside it, so that old months can be dropped as files. The writer has the file of the current
// month open; readers find a payload by its number in whichever file has it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "storage/files.h"
#include "storage/limits.h"
#include "storage/payload.h"
#include "storage/schema.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

// "data/audit.db" → "data/audit-payload-2026-11.db".
std::string payload_path(const std::string& main_path, WallTime time);
// Those that exist, oldest first.
std::vector<std::string> list_payload_files(const std::string& main_path);
// "data/audit.db" → "data/audit-payload-": what the names above begin with.
std::string payload_prefix(const std::string& main_path);

inline constexpr std::string_view kInsertPayload =
    "INSERT INTO payload(id, session, seq, stream, offset_us, size, salt, key_id, algorithm, blob) "
    "VALUES(?,?,?,?,?,?,?,?,?,?)";
// What read_payload() reads.
std::string select_payload(std::string_view where);
Result<void> insert_payload(Statement& insert, const SealedPayload& payload);
Result<SealedPayload> read_payload(const Statement& row);

class PayloadWriter {
 public:
  PayloadWriter(std::string main_path, std::size_t wal_bytes)
      : main_path_(std::move(main_path)), wal_bytes_(wal_bytes) {}

  // One transaction in the file of the month; durable when it returns.
  Result<void> write(const std::vector<const SealedPayload*>& payloads, WallTime now);
  // What the next write needs; nothing when it is open already.
  Result<void> open_month(WallTime now);
  // Writes and takes back a row: shows that the file of the month can be written again.
  Result<void> probe(WallTime now);
  void busy_timeout(std::chrono::milliseconds wait);
  // Also after a failure: the file is opened anew by the next write.
  void close();
  // Closed, or to be closed: the next write opens the file.
  bool suspect() const { return !db_.is_open() || db_.suspect(); }
  bool failed() const { return failed_ || db_.suspect(); }

 private:
  Result<void> open(const std::string& path);
  Result<void> end_transaction(Result<void> done);
  std::string main_path_;
  std::size_t wal_bytes_;
  std::string path_;
  Database db_;
  Statement insert_;
  WalKeeper wal_;
  bool failed_ = false;  // the file was given up after an I/O error
  std::chrono::milliseconds busy_{kBusy};
};

// All payload files, for reading by number.
class PayloadLookup {
 public:
  static Result<PayloadLookup> open(const std::string& main_path);
  // kNotFound: it is not there. `in_main`: of stream "command", which the main database keeps.
  Result<SealedPayload> find(std::uint64_t id, bool in_main);

 private:
  struct File {
    Database db;
    Statement by_id;
  };
  std::vector<File> files_;  // the main database, then the newest first
  std::size_t last_ = 0;     // where the latest was found: neighbours live together
};

}  // namespace sallyport::storage
