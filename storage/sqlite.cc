#include "storage/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace sallyport::storage {
namespace {

ErrorCode code_of(int primary) {
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kMalformed;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::kInvalid;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

bool makes_suspect(int primary) {
  return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ||
         primary == SQLITE_CANTOPEN || primary == SQLITE_PROTOCOL;
}

// The write-ahead log, shared memory and journals get the database file's mode from SQLite.
Result<void> make_private_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{ErrorCode::kUnavailable, path + ": cannot be created"};
  ::close(fd);
  return {};
}

int flags_of(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::kCreate:
    case Database::Mode::kScratch:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Mode::kWrite:
      return SQLITE_OPEN_READWRITE;
    case Database::Mode::kRead:
      return SQLITE_OPEN_READONLY;
    case Database::Mode::kImmutable:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  }
  return SQLITE_OPEN_READONLY;
}

std::string immutable_uri(const std::string& path) {
  std::string out = "file:";
  for (char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kDigits[] = "0123456789abcdef";
      out += {'%', kDigits[(c >> 4) & 15], kDigits[c & 15]};
    } else {
      out.push_back(c);
    }
  }
  return out + "?immutable=1";
}

int count_frames(void* counter, sqlite3*, const char*, int frames) {
  *static_cast<int*>(counter) = frames;
  return SQLITE_OK;
}

}  // namespace

Error sqlite_error(sqlite3* db, bool* suspect) {
  int extended = sqlite3_extended_errcode(db);
  int primary = extended & 0xff;
  if (suspect != nullptr && makes_suspect(primary)) *suspect = true;
  return {code_of(primary),
          std::string("SQLite: ") + sqlite3_errmsg(db) + " (" + std::to_string(extended) + ")"};
}

Statement::Statement(sqlite3* db, sqlite3_stmt* statement, bool* suspect)
    : db_(db), suspect_(suspect), statement_(statement) {}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int at, std::uint64_t value) {
  sqlite3_bind_int64(statement_.get(), at, static_cast<sqlite3_int64>(value));
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_.get(), at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  sqlite3_bind_blob64(statement_.get(), at, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null(int at) {
  sqlite3_bind_null(statement_.get(), at);
  return *this;
}

Statement& Statement::bind_optional(int at, std::string_view text) {
  return text.empty() ? bind_null(at) : bind(at, text);
}

Result<bool> Statement::step() {
  int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return sqlite_error(db_, suspect_);
}

Result<void> Statement::run() {
  auto row = step();
  reset();
  if (!row) return row.error();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

int Statement::type(int column) const { return sqlite3_column_type(statement_.get(), column); }
int Statement::columns() const { return sqlite3_column_count(statement_.get()); }

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Result<Database> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::kCreate)
    if (auto made = make_private_file(path); !made) return made.error();
  Database out;
  out.suspect_ = std::make_unique<bool>(false);
  sqlite3* db = nullptr;
  std::string name = mode == Mode::kImmutable ? immutable_uri(path) : path;
  if (mode == Mode::kScratch) name.clear();
  int status = sqlite3_open_v2(name.c_str(), &db, flags_of(mode) | SQLITE_OPEN_NOMUTEX, nullptr);
  out.handle_.reset(db);
  if (db == nullptr) return Error{ErrorCode::kUnavailable, "SQLite: out of memory"};
  sqlite3_extended_result_codes(db, 1);
  if (status != SQLITE_OK) {
    Error error = sqlite_error(db, nullptr);
    return Error{error.code, path + ": " + error.detail};
  }
  // Closing must never touch the log: after a failed fsync that would pretend to have saved it.
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return out;
}

Result<void> Database::exec(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(handle(), suspect_.get());
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int status = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                  SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (status != SQLITE_OK) return sqlite_error(handle(), suspect_.get());
  return Statement(handle(), statement, suspect_.get());
}

void Database::busy_timeout(std::chrono::milliseconds wait) {
  sqlite3_busy_timeout(handle(), static_cast<int>(wait.count()));
}

std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(handle()));
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

void Database::keep_wal() {
  int on = 1;
  sqlite3_file_control(handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

void Database::watch_wal() {
  frames_ = std::make_unique<int>(0);
  sqlite3_wal_hook(handle(), count_frames, frames_.get());
}

Result<void> Database::checkpoint(bool restart) {
  int status = sqlite3_wal_checkpoint_v2(
      handle(), "main", restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr,
      nullptr);
  if (status != SQLITE_OK) return sqlite_error(handle(), suspect_.get());
  return {};
}

}  // namespace sallyport::storage
