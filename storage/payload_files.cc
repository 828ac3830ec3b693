#include "storage/payload_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "storage/limits.h"
#include "storage/schema.h"

namespace sallyport::storage {
namespace {

namespace fs = std::filesystem;

std::uint64_t file_size(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

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

std::string payload_prefix(const std::string& main_path) {
  fs::path path(main_path);
  return (path.parent_path() / path.stem()).string() + "-payload-";
}

std::string payload_path(const std::string& main_path, WallTime time) {
  std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{}{:04}-{:02}.db", payload_prefix(main_path), static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()));
}

std::vector<std::string> list_payload_files(const std::string& main_path) {
  std::vector<std::string> out;
  std::string prefix = payload_prefix(main_path);
  fs::path folder = fs::path(main_path).parent_path();
  std::error_code error;
  for (fs::directory_iterator at(folder.empty() ? "." : folder, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = folder.empty() ? at->path().filename().string() : at->path().string();
    if (name.starts_with(prefix) && name.ends_with(".db")) out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string select_payload(std::string_view where) {
  return fmt::format(
      "SELECT id, session, seq, stream, offset_us, size, salt, key_id, algorithm, blob FROM "
      "payload {}",
      where);
}

Result<void> insert_payload(Statement& insert, const SealedPayload& payload) {
  const PayloadPlace& place = payload.place;
  const auto& session = place.session.bytes();
  insert.bind(1, place.id);
  insert.bind_blob(2, {reinterpret_cast<const char*>(session.data()), session.size()});
  insert.bind(3, std::uint64_t{place.seq}).bind(4, place.stream).bind(5, place.offset_us);
  insert.bind(6, payload.size).bind_blob(7, payload.salt);
  insert.bind(8, std::uint64_t{payload.key_id}).bind(9, payload.algorithm);
  return insert.bind_blob(10, payload.blob).run();
}

Result<SessionId> session_from_blob(std::string_view blob) {
  if (blob.size() != 16) return Error{ErrorCode::kMalformed, "a session id has not 16 bytes"};
  std::string text = to_hex(blob);
  for (std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return SessionId::parse(text);
}

Result<SealedPayload> read_payload(const Statement& row) {
  SealedPayload out;
  auto session = session_from_blob(row.text(1));
  if (!session) return session.error();
  out.place = {row.number(0), *session, static_cast<std::uint32_t>(row.number(2)),
               std::string(row.text(3)), row.number(4)};
  out.size = row.number(5);
  out.salt = row.text(6);
  out.key_id = static_cast<std::uint32_t>(row.number(7));
  out.algorithm = row.text(8);
  out.blob = row.text(9);
  return out;
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

Result<void> PayloadWriter::open(const std::string& path) {
  close();
  auto db = Database::open(path, Database::Mode::kCreate);
  if (!db) return db.error();
  db->busy_timeout(busy_);
  auto made_before = has_tables(*db);
  if (!made_before) return made_before.error();
  if (!*made_before)
    if (auto made = create_schema(*db, payload_schema()); !made) return made;
  if (auto ready = prepare_for_writing(*db, path, wal_bytes_); !ready) return ready;
  // What an earlier failure may have left in the log only is put into the file before more is
  // added.
  if (auto clean = db->checkpoint(true); !clean) return clean;
  auto insert = db->prepare(kInsertPayload);
  if (!insert) return insert.error();
  auto exists = db->prepare("SELECT 1 FROM payload WHERE id = ?");
  if (!exists) return exists.error();
  db_ = std::move(*db);
  insert_ = std::move(*insert);
  exists_ = std::move(*exists);
  path_ = path;
  wal_ = WalKeeper();
  return {};
}

Result<void> PayloadWriter::write(const std::vector<const SealedPayload*>& payloads, WallTime now) {
  std::string path = payload_path(main_path_, now);
  if (path != path_ || !db_.is_open() || db_.suspect())
    if (auto opened = open(path); !opened) return opened;
  Result<void> done = db_.exec("BEGIN IMMEDIATE");
  for (const SealedPayload* payload : payloads)
    if (done) done = insert_payload(insert_, *payload);
  if (done) done = db_.exec("COMMIT");
  if (done) return wal_.after_commit(db_);
  if (db_.in_transaction()) {
    auto back = db_.exec("ROLLBACK");
    if (!back || db_.suspect()) close();
  } else if (db_.suspect()) {
    close();
  }
  return done;
}

Result<bool> PayloadWriter::exists(std::uint64_t id) {
  if (!db_.is_open()) return false;
  ResetGuard guard(exists_);
  return exists_.bind(1, id).step();
}

void PayloadWriter::busy_timeout(std::chrono::milliseconds wait) {
  busy_ = wait;
  if (db_.is_open()) db_.busy_timeout(wait);
}

void PayloadWriter::close() {
  insert_ = Statement();
  exists_ = Statement();
  db_ = Database();
  path_.clear();
}

Result<PayloadLookup> PayloadLookup::open(const std::string& main_path) {
  PayloadLookup out;
  std::vector<std::string> paths = list_payload_files(main_path);
  paths.insert(paths.begin(), main_path);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    auto db = open_for_reading(*path);
    if (!db) return db.error();
    auto by_id = db->prepare(select_payload("WHERE id = ?"));
    if (!by_id) return by_id.error();
    out.files_.push_back({std::move(*db), std::move(*by_id)});
  }
  return out;
}

Result<SealedPayload> PayloadLookup::find(std::uint64_t id) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    std::size_t at = (last_ + i) % files_.size();
    Statement& by_id = files_[at].by_id;
    ResetGuard guard(by_id);
    auto row = by_id.bind(1, id).step();
    if (!row) return row.error();
    if (!*row) continue;
    last_ = at;
    return read_payload(by_id);
  }
  return Error{ErrorCode::kNotFound, "the payload is not in the store"};
}

Result<Database> open_for_reading(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
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
