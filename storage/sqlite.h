// SQLite behind two move-only handles, and the one place where its errors become ours: kMalformed
// for a damaged file, kUnavailable for a disk that is full, read-only, failing or locked, kInvalid
// for a constraint. A Database and its Statements belong to one thread at a time; Statements go
// first.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sallyport::storage {

class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement, bool* suspect);
  // Parameters count from 1. Bound text and blobs are borrowed until reset().
  Statement& bind(int at, std::uint64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind_null(int at);
  // Null when empty.
  Statement& bind_optional(int at, std::string_view text);
  // True: there is a row to read.
  Result<bool> step();
  // Steps a statement that gives no rows, and resets it.
  Result<void> run();
  void reset();

  bool is_null(int column) const;
  std::uint64_t number(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // valid until the next step; also for blobs
  // The storage class, as sqlite3_column_type() numbers it.
  int type(int column) const;
  int columns() const;
  sqlite3_stmt* handle() const { return statement_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* db_ = nullptr;
  bool* suspect_ = nullptr;  // in the Database
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement on every way out.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  enum class Mode { kCreate, kWrite, kRead, kImmutable, kScratch };

  Database() = default;
  // kCreate makes the file with mode 0600 first; kScratch is a private temporary database without a
  // name.
  static Result<Database> open(const std::string& path, Mode mode);

  Result<void> exec(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  void busy_timeout(std::chrono::milliseconds wait);
  std::uint64_t changes() const;
  bool in_transaction() const;
  // True after an I/O error or damage: nothing this handle has cached can be relied on, open it
  // anew.
  bool suspect() const { return suspect_ != nullptr && *suspect_; }
  // Leaves the write-ahead log in place when this is the last connection.
  void keep_wal();
  // Moves what the log holds into the database file; `restart` waits for readers, so that the log
  // begins anew.
  Result<void> checkpoint(bool restart);
  // Counts the frames of the write-ahead log from now on.
  void watch_wal();
  int wal_frames() const { return frames_ == nullptr ? 0 : *frames_; }
  bool is_open() const { return handle_ != nullptr; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<bool> suspect_;
  std::unique_ptr<int> frames_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// Our error for what went wrong last on the handle.
Error sqlite_error(sqlite3* db, bool* suspect);

}  // namespace sallyport::storage
