// Opening, making and keeping the SQLite files of a store, alike for its main database and payload
// files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "storage/hash.h"
#include "storage/limits.h"
#include "storage/schema.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

std::uint64_t file_size(const std::string& path);  // 0: there is none
// kMalformed: not a store; kInvalid: of another version.
Result<void> check_identity(Database& db);
Result<SessionId> session_from_blob(std::string_view blob);

Result<void> create_schema(Database& db, const std::vector<SchemaObject>& schema);
Result<bool> has_tables(Database& db);
// Durability pragmas, and the write-ahead log extended to `wal_bytes`.
Result<void> prepare_for_writing(Database& db, const std::string& path, std::size_t wal_bytes);
// Moves the write-ahead log into the file and begins it anew. After a failed fsync the kernel may
// believe that pages of the log are on disk when they are not; written into the file, they are
// written afresh, and nothing is appended to what may be a hole. `must`: a reader in the way is an
// error then, and else the log stays.
Result<void> begin_wal_anew(Database& db, bool must);
// Read-only; also from media that cannot be written. kNotFound: no such file.
Result<Database> open_for_reading(const std::string& path);

// Checkpoints between transactions, never while a reader is waited for.
class WalKeeper {
 public:
  // An error only when the file itself failed.
  Result<void> after_commit(Database& db);

 private:
  int seen_ = 0;
  int next_ = kCheckpointFrames;
};

}  // namespace sallyport::storage
