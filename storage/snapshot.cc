// A copy of the store while the broker goes on writing, by SQLite's online backup.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

#include "storage/reader_impl.h"

namespace sallyport::storage {
namespace {

namespace fs = std::filesystem;

Result<void> copy_database(Database& from, const std::string& to) {
  {
    auto copy = Database::open(to, Database::Mode::kCreate);
    if (!copy) return copy.error();
    sqlite3_backup* backup = sqlite3_backup_init(copy->handle(), "main", from.handle(), "main");
    if (backup == nullptr) return sqlite_error(copy->handle(), nullptr);
    // In one step, so that it is the state of one moment; writers are not held up by a reader.
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) {
      Error error = sqlite_error(copy->handle(), nullptr);
      return Error{error.code, to + ": " + error.detail};
    }
  }
  // Without a write-ahead log the copy can be read where nothing can be written.
  auto copy = Database::open(to, Database::Mode::kWrite);
  if (!copy) return copy.error();
  return copy->exec("PRAGMA journal_mode=DELETE");
}

}  // namespace

Result<SnapshotReport> StoreReader::snapshot(const std::string& path) {
  // The main database first: what its leaves name was in the payload files before.
  std::vector<std::pair<std::string, std::string>> copies = {{impl_->path, path}};
  std::string prefix = payload_prefix(impl_->path);
  for (const std::string& file : list_payload_files(impl_->path))
    copies.emplace_back(file, payload_prefix(path) + file.substr(prefix.size()));
  std::error_code error;
  if (fs::exists(path, error) || !list_payload_files(path).empty())
    return Error{ErrorCode::kInvalid, path + ": a store is there already; name a new file"};
  SnapshotReport report;
  for (const auto& [from, to] : copies) {
    auto source = open_for_reading(from);
    Result<void> done = source ? copy_database(*source, to) : Result<void>(source.error());
    if (done) {
      report.files.push_back(to);
      continue;
    }
    fs::remove(to, error);
    for (const std::string& file : report.files) fs::remove(file, error);
    return done.error();
  }
  return report;
}

}  // namespace sallyport::storage
