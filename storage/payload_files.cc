#include "storage/payload_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sallyport::storage {

namespace fs = std::filesystem;

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

Result<void> PayloadWriter::open(const std::string& path) {
  if (db_.is_open() && !failed()) {
    // A month that is over needs no room in its log any more.
    auto shrunk = db_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    static_cast<void>(shrunk.ok());
  }
  close();
  auto db = Database::open(path, Database::Mode::kCreate);
  if (!db) return db.error();
  db->busy_timeout(busy_);
  auto made_before = has_tables(*db);
  if (!made_before) return made_before.error();
  if (!*made_before)
    if (auto made = create_schema(*db, payload_schema()); !made) return made;
  if (auto ready = prepare_for_writing(*db, path, wal_bytes_); !ready) return ready;
  if (auto clean = begin_wal_anew(*db, failed_); !clean) return clean;
  db->busy_timeout(busy_);
  auto insert = db->prepare(kInsertPayload);
  if (!insert) return insert.error();
  db_ = std::move(*db);
  insert_ = std::move(*insert);
  path_ = path;
  wal_ = WalKeeper();
  failed_ = false;
  return {};
}

Result<void> PayloadWriter::open_month(WallTime now) {
  std::string path = payload_path(main_path_, now);
  if (path == path_ && !suspect()) return {};
  return open(path);
}

Result<void> PayloadWriter::write(const std::vector<const SealedPayload*>& payloads, WallTime now) {
  if (auto opened = open_month(now); !opened) return opened;
  Result<void> done = db_.exec("BEGIN IMMEDIATE");
  for (const SealedPayload* payload : payloads)
    if (done) done = insert_payload(insert_, *payload);
  return end_transaction(std::move(done));
}

Result<void> PayloadWriter::probe(WallTime now) {
  if (auto opened = open_month(now); !opened) return opened;
  SealedPayload nothing;
  nothing.algorithm = "none";
  Result<void> done = db_.exec("BEGIN IMMEDIATE");
  if (done) done = insert_payload(insert_, nothing);
  if (done) done = db_.exec("DELETE FROM payload WHERE id = 0");
  return end_transaction(std::move(done));
}

Result<void> PayloadWriter::end_transaction(Result<void> done) {
  if (done) done = db_.exec("COMMIT");
  if (done) done = wal_.after_commit(db_);
  if (done) return done;
  if (db_.in_transaction()) {
    auto back = db_.exec("ROLLBACK");
    failed_ = failed_ || !back;
  }
  failed_ = failed_ || db_.suspect();
  if (failed_) close();
  return done;
}

void PayloadWriter::busy_timeout(std::chrono::milliseconds wait) {
  busy_ = wait;
  if (db_.is_open()) db_.busy_timeout(wait);
}

void PayloadWriter::close() {
  insert_ = Statement();
  db_ = Database();
  path_.clear();
}

Result<PayloadLookup> PayloadLookup::open(const std::string& main_path) {
  PayloadLookup out;
  std::vector<std::string> paths = list_payload_files(main_path);
  paths.push_back(main_path);
  std::reverse(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    auto db = open_for_reading(path);
    if (!db) return db.error();
    auto tables = has_tables(*db);
    if (!tables) return tables.error();
    if (!*tables) continue;
    auto by_id = db->prepare(select_payload("WHERE id = ?"));
    if (!by_id) return by_id.error();
    out.files_.push_back({std::move(*db), std::move(*by_id)});
  }
  return out;
}

Result<SealedPayload> PayloadLookup::find(std::uint64_t id, bool in_main) {
  // The main database is the first; the others are tried from where the latest was found.
  std::size_t months = files_.size() - 1;
  for (std::size_t i = 0; i < (in_main ? 1 : months); ++i) {
    std::size_t at = in_main ? 0 : 1 + (last_ + i) % months;
    Statement& by_id = files_[at].by_id;
    ResetGuard guard(by_id);
    auto row = by_id.bind(1, id).step();
    if (!row) return row.error();
    if (!*row) continue;
    if (!in_main) last_ = at - 1;
    return read_payload(by_id);
  }
  return Error{ErrorCode::kNotFound, "the payload is not in the store"};
}

}  // namespace sallyport::storage
