#include "storage/files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

namespace sallyport::storage {
namespace {

// Writes a large transaction and takes it back: its frames stay behind as room that later commits
// overwrite, so that their fsync has no file size to record.
Result<void> extend_wal(Database& db, const std::string& path, std::size_t wal_bytes) {
  if (wal_bytes == 0 || file_size(path + "-wal") >= wal_bytes) return {};
  auto done = db.exec(fmt::format(
      "PRAGMA cache_size=-256; BEGIN IMMEDIATE; CREATE TABLE room(x BLOB); INSERT INTO room "
      "VALUES(zeroblob({})); ROLLBACK;",
      wal_bytes));
  if (!done && db.in_transaction()) {
    auto back = db.exec("ROLLBACK");
    if (!back) return back;
  }
  // A disk without that much room is no reason not to start.
  if (!done && db.suspect()) return done;
  return {};
}

}  // namespace

std::uint64_t file_size(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Result<SessionId> session_from_blob(std::string_view blob) {
  if (blob.size() != 16) return Error{ErrorCode::kMalformed, "a session id has not 16 bytes"};
  std::string text = to_hex(blob);
  for (std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return SessionId::parse(text);
}

Result<void> check_identity(Database& db) {
  auto read = db.prepare(
      "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version");
  if (!read) return read.error();
  auto row = read->step();
  if (!row) return row.error();
  if (!*row || read->number(0) != kApplicationId)
    return Error{ErrorCode::kMalformed, "it is not an audit store of sallyport"};
  if (read->number(1) != kSchemaVersion)
    return Error{ErrorCode::kInvalid, fmt::format("the store has version {}, this program needs {}",
                                                  read->number(1), kSchemaVersion)};
  return {};
}

Result<void> create_schema(Database& db, const std::vector<SchemaObject>& schema) {
  std::string sql = "PRAGMA auto_vacuum=INCREMENTAL; BEGIN IMMEDIATE;";
  for (const SchemaObject& object : schema) sql += object.sql + ";";
  sql += fmt::format("PRAGMA application_id={}; PRAGMA user_version={}; COMMIT;", kApplicationId,
                     kSchemaVersion);
  return db.exec(sql);
}

Result<bool> has_tables(Database& db) {
  auto count = db.prepare("SELECT count(*) FROM sqlite_schema");
  if (!count) return count.error();
  auto row = count->step();
  if (!row) return row;
  return count->number(0) > 0;
}

Result<void> prepare_for_writing(Database& db, const std::string& path, std::size_t wal_bytes) {
  db.keep_wal();
  auto set = db.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA "
      "journal_size_limit=-1;");
  if (!set) return set;
  db.watch_wal();
  if (auto room = extend_wal(db, path, wal_bytes); !room) return room;
  return db.exec("PRAGMA cache_size=-16384;");
}

Result<void> begin_wal_anew(Database& db, bool must) {
  db.busy_timeout(kProbeBusy);
  auto moved = db.checkpoint(true);
  if (!moved && (must || db.suspect() || moved.error().code == ErrorCode::kMalformed)) return moved;
  return {};
}

Result<void> WalKeeper::after_commit(Database& db) {
  int frames = db.wal_frames();
  if (frames < seen_) next_ = kCheckpointFrames;
  seen_ = frames;
  if (frames < next_) return {};
  next_ = frames + kCheckpointFrames;
  auto done = db.checkpoint(false);
  // A reader in the way or a full disk leaves the frames where they are, which is safe.
  if (!done && db.suspect()) return done;
  return {};
}

Result<Database> open_for_reading(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return Error{ErrorCode::kNotFound, path + ": there is no such store"};
  auto db = Database::open(path, Database::Mode::kRead);
  if (!db) return db;
  db->busy_timeout(kBusy);
  auto usable = db->exec("SELECT count(*) FROM sqlite_schema");
  if (usable) return db;
  // Read-only media: with nothing in the log the file alone is the whole database.
  if (usable.error().code == ErrorCode::kUnavailable && file_size(path + "-wal") == 0) {
    auto frozen = Database::open(path, Database::Mode::kImmutable);
    if (frozen && frozen->exec("SELECT count(*) FROM sqlite_schema")) return frozen;
  }
  return Error{usable.error().code, path + ": " + usable.error().detail};
}

}  // namespace sallyport::storage
