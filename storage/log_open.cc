// Opening the log: what is checked before a record is accepted.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "storage/limits.h"
#include "storage/log_writer.h"
#include "storage/schema.h"

namespace sallyport::storage {
namespace {

namespace fs = std::filesystem;

Error damaged(const std::string& path, const std::string& what) {
  return {
      ErrorCode::kMalformed,
      fmt::format(
          "{}: the audit store is damaged ({}). It is left as it is: copy it and its -wal file, "
          "see what can be read with `sqlite3 {} .recover`, and restore a copy made by `sallyport "
          "audit snapshot` or `audit backup`, or move the store away to begin a new one",
          path, what, path)};
}

// A new name is durable when its folder is.
Result<void> sync_folder(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok) return Error{ErrorCode::kUnavailable, path + ": its folder cannot be synchronised"};
  return {};
}

struct Budget {
  std::chrono::steady_clock::time_point end;
  static int over(void* self) {
    return std::chrono::steady_clock::now() > static_cast<Budget*>(self)->end ? 1 : 0;
  }
};

}  // namespace

Result<void> make_main_database(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error)) return {};
  if (fs::exists(path + "-wal", error) || !list_payload_files(path).empty())
    return Error{
        ErrorCode::kMalformed,
        path +
            ": the main database is missing but other files of the store are there. Restore it "
            "from a copy, or move them away to begin a new store"};
  std::string fresh = path + ".new";
  fs::remove(fresh, error);
  fs::remove(fresh + "-journal", error);
  {
    auto db = Database::open(fresh, Database::Mode::kCreate);
    if (!db) return db.error();
    if (auto made = create_schema(*db, main_schema()); !made)
      return Error{made.error().code, path + ": " + made.error().detail};
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0)
    return Error{ErrorCode::kUnavailable, path + ": cannot be created"};
  return sync_folder(path);
}

Result<void> LogWriter::open(bool thorough) {
  close();
  auto opened = open_file(thorough);
  if (opened) {
    failed_ = false;
    return opened;
  }
  close();
  if (opened.error().code == ErrorCode::kMalformed) return damaged(path_, opened.error().detail);
  return Error{opened.error().code, path_ + ": " + opened.error().detail};
}

Result<void> LogWriter::open_file(bool thorough) {
  auto db = Database::open(path_, Database::Mode::kWrite);
  if (!db) return db.error();
  db_ = std::move(*db);
  db_.busy_timeout(busy_);
  if (auto known = check_identity(db_); !known) return known;
  if (thorough)
    if (auto sound = check_structure(); !sound) return sound;
  if (auto ready = prepare_for_writing(db_, path_, wal_bytes_); !ready) return ready;
  if (auto anew = begin_wal_anew(db_, failed_); !anew) return anew;
  db_.busy_timeout(busy_);
  wal_ = WalKeeper();
  if (auto ready = prepare_statements(); !ready) return ready;
  return read_tail();
}

Result<void> LogWriter::check_structure() {
  Budget budget{std::chrono::steady_clock::now() + kStartCheck};
  auto check = db_.prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  sqlite3_progress_handler(db_.handle(), 10'000, &Budget::over, &budget);
  auto row = check->step();
  sqlite3_progress_handler(db_.handle(), 0, nullptr, nullptr);
  if (!row) {
    if (sqlite3_errcode(db_.handle()) == SQLITE_INTERRUPT) return {};
    return row.error();
  }
  if (!*row || check->text(0) != "ok")
    return Error{ErrorCode::kMalformed, std::string(check->text(0))};
  return {};
}

// Recomputes the end of the log, and so learns its right edge.
Result<void> LogWriter::read_tail() {
  auto count = db_.prepare("SELECT coalesce(max(n) + 1, 0) FROM leaf");
  if (!count) return count.error();
  auto row = count->step();
  if (!row) return row.error();
  std::uint64_t size = count->number(0);
  std::uint64_t first = size > kStartLeaves ? size - kStartLeaves : 0;
  NodeReader stored = [this](unsigned level, std::uint64_t index) { return node(level, index); };
  auto frontier = Frontier::read(first, stored);
  if (!frontier) return frontier.error();
  auto leaves = db_.prepare("SELECT n, bytes, hashes FROM leaf WHERE n >= ? ORDER BY n");
  if (!leaves) return leaves.error();
  leaves->bind(1, first);
  for (row = leaves->step(); row && *row; row = leaves->step()) {
    std::uint64_t n = frontier->size();
    std::string hashes;
    frontier->append(hasher_, leaves->text(1), hashes);
    if (leaves->number(0) != n || leaves->text(2) != hashes || !decode_leaf(leaves->text(1)))
      return Error{ErrorCode::kMalformed, fmt::format("event {} is missing or altered", n)};
  }
  if (!row) return row.error();
  if (frontier->size() != size) return Error{ErrorCode::kMalformed, "events are missing"};
  // Whatever happened to the file, what was acknowledged must still be its beginning.
  auto earlier = size < frontier_.size()
                     ? Error{ErrorCode::kMalformed, "acknowledged events are missing"}
                     : root_of(hasher_, frontier_.size(), stored);
  if (!earlier) return earlier.error();
  if (*earlier != frontier_.root(hasher_))
    return Error{ErrorCode::kMalformed, "acknowledged events were altered"};
  frontier_ = std::move(*frontier);
  return {};
}

Result<SecretKey> LogWriter::payload_hash_key() {
  const auto keys = keys_->get();
  auto read = db_.prepare("SELECT wrapped, store_key FROM store_key WHERE name = 'payload-hmac'");
  if (!read) return read.error();
  auto row = read->step();
  if (!row) return row.error();
  if (*row) {
    auto opened = keys->unwrap(kHmacKeyPurpose, read->text(1), read->text(0));
    if (opened) return opened;
    return Error{ErrorCode::kInvalid,
                 fmt::format("{}: the store was made with another `secrets.key`: give it that key "
                             "again, or name it as `secrets.previous_key` to change to this one "
                             "({})",
                             path_, opened.error().detail)};
  }
  if (size() > 0)
    return Error{ErrorCode::kMalformed, path_ + ": the store has lost its payload key"};
  SecretKey fresh = SecretKey::random();
  auto wrapped = keys->current().wrap(kHmacKeyPurpose, fresh);
  if (!wrapped) return wrapped.error();
  auto put =
      db_.prepare("INSERT INTO store_key(name, store_key, wrapped) VALUES('payload-hmac',?,?)");
  if (!put) return put.error();
  auto done = put->bind(1, std::string_view(keys->current().id())).bind_blob(2, *wrapped).run();
  if (!done) return done.error();
  return fresh;
}

Result<bool> LogWriter::rotation_pending() {
  const auto keys = keys_->get();
  auto read = db_.prepare("SELECT store_key FROM store_key WHERE name = 'payload-hmac'");
  if (!read) return read.error();
  auto row = read->step();
  if (!row) return row.error();
  const bool other = *row && read->text(0) != keys->current().id();
  const bool under_way = state(kRotationState).value_or(0) != 0;
  if (!other && !under_way) return false;
  if (keys->previous() == nullptr)
    return Error{ErrorCode::kInvalid,
                 path_ +
                     ": a change of `secrets.key` is not over: name the other of the two keys "
                     "as `secrets.previous_key`"};
  if (!under_way)
    if (auto noted = set_state(kRotationState, 1); !noted) return noted.error();
  return true;
}

Result<std::uint64_t> LogWriter::begin_run() {
  std::uint64_t run = state("runs").value_or(0) + 1;
  if (auto noted = set_state("runs", run); !noted) return noted.error();
  return run;
}

}  // namespace sallyport::storage
