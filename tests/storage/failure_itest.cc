// Disks that are full, locked, read-only, lying or damaged: new records are refused, nothing
// acknowledged is lost, and the store works again by itself when it can.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "storage/limits.h"
#include "storage/sqlite.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

namespace fs = std::filesystem;

namespace {

class FailureFixture : public StoreFixture {
 public:
  // The store repairs itself on its own thread: a refused record is answered at once, so asking
  // again is all the waiting there is.
  void wait_until_healthy() {
    while (!store->healthy()) std::this_thread::yield();
  }
  void check_refused(const Pending& pending) {
    auto result = wait(pending);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kNotRecorded);
  }
  void check_whole() {
    auto report = verify();
    INFO(describe(report));
    CHECK(report.ok);
  }
  FaultGuard guard;
};

// Held by somebody with the sqlite3 program.
class OutsideLock {
 public:
  explicit OutsideLock(const std::string& path) {
    auto db = Database::open(path, Database::Mode::kWrite);
    REQUIRE(db);
    db_ = std::move(*db);
    REQUIRE(db_.exec("BEGIN IMMEDIATE"));
  }
  void release() { REQUIRE(db_.exec("ROLLBACK")); }

 private:
  Database db_;
};

}  // namespace

TEST_CASE_METHOD(FailureFixture,
                 "With a full disk commands are refused, and recorded again when there is room") {
  open();
  auto session = store->open_session(opened_by("alice"));
  auto first = command(*session, 1, "GET /1");
  faults().disk_full = true;
  check_refused(session->intent(CommandSeq{2}, a_command("GET /2"), allowed()));
  CHECK_FALSE(store->healthy());
  CHECK_FALSE(session->healthy());
  check_refused(session->intent(CommandSeq{3}, a_command("GET /3"), allowed()));
  CHECK_FALSE(wait(
      store->open_session(opened_by("bob"))->intent(CommandSeq{1}, a_command("GET"), allowed())));
  faults().disk_full = false;
  wait_until_healthy();
  CHECK(command(*session, 4, "GET /4") > first);
  CHECK(
      query("SELECT count(*) FROM leaf WHERE json_extract(bytes, '$.kind') = 'recovery'").front() ==
      "1");
  CHECK(query("SELECT group_concat(seq) FROM (SELECT seq FROM commands ORDER BY event)").front() ==
        "1,4");
  check_whole();
}

TEST_CASE_METHOD(FailureFixture,
                 "A session whose opening was refused opens with its next command") {
  open();
  REQUIRE(wait(store->event({"watchdog", {}})));
  faults().disk_full = true;
  auto session = store->open_session(opened_by("alice"));
  check_refused(session->intent(CommandSeq{1}, a_command("GET /1"), allowed()));
  faults().disk_full = false;
  wait_until_healthy();
  command(*session, 2, "GET /2");
  CHECK(query("SELECT commands FROM sessions").front() == "1");
  check_whole();
}

TEST_CASE_METHOD(
    FailureFixture,
    "An outcome and an end that were refused are recorded when the store works again") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "before"));
  REQUIRE(wait(others_outcome()));
  faults().disk_full = true;
  // Queued, and lost with the batch that fails.
  REQUIRE(record(*session, 1, "response.body", "after"));
  check_refused(store->event({"watchdog", {}}));
  Outcome outcome;
  outcome.status = "200";
  check_refused(session->outcome(CommandSeq{1}, outcome));
  check_refused(session->close({"idle", 3, 4}));
  faults().disk_full = false;
  wait_until_healthy();
  CHECK(query("SELECT status FROM commands").front() == "200");
  CHECK(query("SELECT end_reason, bytes_in FROM sessions").front() == "idle|3");
  std::string got;
  REQUIRE(reader()->replay(opened.id, CommandSeq{1}, [&](const ReplayChunk& piece) {
    got += piece.bytes;
    return true;
  }));
  CHECK(got == "before");
  check_whole();
}

TEST_CASE_METHOD(FailureFixture, "A stream is stopped when the store lost a part of it") {
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /1"), allowed())));
  faults().disk_full = true;
  REQUIRE(record(*session, 1, "response.body", "lost"));
  check_refused(store->event({"watchdog", {}}));
  faults().disk_full = false;
  wait_until_healthy();
  auto more = record(*session, 1, "response.body", "more");
  REQUIRE_FALSE(more);
  CHECK(more.error().code == ErrorCode::kNotRecorded);
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  CHECK(query("SELECT count(*) FROM leaf WHERE json_extract(bytes, '$.payloads_lost')").front() ==
        "1");
  check_whole();
}

TEST_CASE_METHOD(FailureFixture, "A failed fsync is never taken for a success") {
  std::string where = GENERATE(as<std::string>{}, "audit.db-wal", "audit-payload-2026-11.db-wal");
  CAPTURE(where);
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "before"));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  close();
  faults().only = where;
  open();
  session = store->open_session(opened_by("bob"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "before"));
  auto other = store->open_session(opened_by("somebody else"));
  REQUIRE(wait(other->intent(CommandSeq{1}, a_command("GET /else"), allowed())));
  REQUIRE(wait(others_outcome()));
  faults().failing_syncs = 1;
  REQUIRE(record(*session, 1, "response.body", "in between"));
  check_refused(other->outcome(CommandSeq{1}, {}));
  CHECK(faults().failing_syncs == 0);
  wait_until_healthy();
  CHECK(wait(session->outcome(CommandSeq{1}, {})));
  command(*session, 2, "GET /2");
  check_whole();
  close();
  open();
  close();
  check_whole();
}

TEST_CASE_METHOD(FailureFixture, "A disk that cannot be written or read is as good as a full one") {
  open();
  auto session = store->open_session(opened_by("alice"));
  command(*session, 1, "GET /1");
  SECTION("write errors") { faults().write_error = true; }
  SECTION("read errors, with nothing cached") {
    faults().write_error = true;
    faults().read_error = true;
  }
  check_refused(session->intent(CommandSeq{2}, a_command("GET /2"), allowed()));
  faults().write_error = false;
  faults().read_error = false;
  wait_until_healthy();
  command(*session, 3, "GET /3");
  check_whole();
}

TEST_CASE_METHOD(
    FailureFixture,
    "A store that another program keeps locked refuses after its limit and comes back") {
  open();
  auto session = store->open_session(opened_by("alice"));
  command(*session, 1, "GET /1");
  OutsideLock lock(settings.path);
  check_refused(session->intent(CommandSeq{2}, a_command("GET /2"), allowed()));
  CHECK_FALSE(store->healthy());
  lock.release();
  wait_until_healthy();
  command(*session, 3, "GET /3");
  check_whole();
}

TEST_CASE_METHOD(FailureFixture, "A damaged database is not opened and not replaced") {
  open();
  auto session = store->open_session(opened_by("alice"));
  for (unsigned i = 1; i <= 50; ++i) command(*session, i, std::string(500, 'x'));
  close();
  query("PRAGMA wal_checkpoint(TRUNCATE)");
  auto size = fs::file_size(settings.path);
  for (std::uint64_t page : {std::uint64_t{0}, size / 4096 / 2, size / 4096 - 1}) {
    CAPTURE(page);
    std::string copy = folder.path(fmt::format("damaged{}.db", page));
    fs::copy_file(settings.path, copy);
    {
      std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(page * 4096));
      file << std::string(4096, '\x55');
    }
    std::string original = settings.path;
    settings.path = copy;
    auto opened = try_open();
    settings.path = original;
    REQUIRE_FALSE(opened);
    CHECK(opened.error().detail.find("audit snapshot") != std::string::npos);
    CHECK(fs::file_size(copy) == size);
  }
}

TEST_CASE_METHOD(FailureFixture, "A log whose end was altered is not written on") {
  open();
  auto session = store->open_session(opened_by("alice"));
  command(*session, 1, "GET /1");
  close();
  tamper(
      "UPDATE leaf SET bytes = CAST(replace(CAST(bytes AS TEXT), 'reads', 'READS') AS BLOB) WHERE "
      "n = 2");
  auto opened = try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kMalformed);
  CHECK(opened.error().detail.find("event 2") != std::string::npos);
}

TEST_CASE_METHOD(FailureFixture, "A real file system that fills up loses nothing acknowledged") {
  std::string mount = folder.path("small");
  fs::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=700k") != 0) {
    std::cout << "skipped 1: a file system cannot be mounted without root\n";
    return;
  }
  for (int size : {700, 1'000, 1'900}) {
    CAPTURE(size);
    ::mount("tmpfs", mount.c_str(), "tmpfs", MS_REMOUNT, fmt::format("size={}k", size).c_str());
    settings.path = mount + fmt::format("/audit{}.db", size);
    open();
    auto session = store->open_session(opened_by("alice"));
    std::vector<std::uint64_t> events;
    std::uint32_t seq = 0;
    bool full = false;
    while (!full) {
      auto intent =
          wait(session->intent(CommandSeq{++seq}, a_command(std::string(4'000, 'x')), allowed()));
      full = !intent;
      if (intent) events.push_back(to_number(*intent));
    }
    CHECK_FALSE(store->healthy());
    check_whole();
    ::mount("tmpfs", mount.c_str(), "tmpfs", MS_REMOUNT, "size=64m");
    wait_until_healthy();
    command(*session, ++seq, "GET /again");
    close();
    check_whole();
    for (std::uint64_t event : events)
      REQUIRE(query(fmt::format("SELECT count(*) FROM commands WHERE event = {}", event)).front() ==
              "1");
    for (const auto& entry : fs::directory_iterator(mount)) fs::remove(entry);
  }
  ::umount(mount.c_str());
}
