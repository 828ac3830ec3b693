// What a power cut or a kill leaves behind: a shorter log at worst, never a hole, and no loss of
// what was acknowledged.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "storage/limits.h"
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

namespace fs = std::filesystem;

namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The store's files as a power cut might have left them.
void copy_cut(const std::string& from, const std::string& to, std::size_t wal_bytes, bool torn) {
  fs::remove(to + "-shm");
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  std::string wal = contents(from + "-wal").substr(0, wal_bytes);
  if (torn && wal.size() > 600) std::fill(wal.end() - 512, wal.end(), '\x5a');
  write_file(to + "-wal", wal);
}

class ChildWriter {
 public:
  ChildWriter(const std::string& path, unsigned threads) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::string count = std::to_string(threads);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      ::execl(SALLYPORT_CRASH_WRITER, "crash_writer", path.c_str(), count.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
  }
  ~ChildWriter() {
    kill();
    std::fclose(out_);
  }
  // One acknowledged intent: "EVENT SESSION SEQ".
  bool next(std::string& line) {
    char buffer[256];
    if (std::fgets(buffer, sizeof buffer, out_) == nullptr) return false;
    line = buffer;
    return line.ends_with("\n");
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  FILE* out_ = nullptr;
};

}  // namespace

TEST_CASE_METHOD(StoreFixture, "A torn tail is not corruption") {
  open();
  auto session = store->open_session(opened_by("alice"));
  for (unsigned i = 1; i <= 40; ++i) command(*session, i, fmt::format("GET /{}", i));
  // Everything is acknowledged and still in the write-ahead log; the copy is taken as the disk is.
  std::size_t whole = fs::file_size(settings.path + "-wal");
  std::uint64_t all = store->leaves();
  std::string original = settings.path;
  std::uint64_t last = 0;
  for (int i = 1; i <= 100; ++i) {
    std::size_t cut = whole * static_cast<std::size_t>(i) / 100;
    settings.path = folder.path("cut.db");
    copy_cut(original, settings.path, cut, i % 3 == 0 && i < 100);
    auto report = verify();
    CAPTURE(i, cut);
    INFO(describe(report));
    REQUIRE(report.ok);
    REQUIRE((i % 3 == 0 || report.leaves >= last));
    if (i % 3 != 0) last = report.leaves;
  }
  CHECK(last == all);
}

TEST_CASE_METHOD(StoreFixture,
                 "After a power cut the store opens, and what was open is completed") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  for (unsigned i = 1; i <= 12; ++i) {
    REQUIRE(wait(session->intent(CommandSeq{i}, a_command("GET /"), allowed())));
    if (i % 2 == 0) REQUIRE(wait(session->outcome(CommandSeq{i}, {})));
  }
  std::string original = settings.path;
  std::size_t whole = fs::file_size(original + "-wal");
  std::vector<std::string> copies;
  for (std::size_t i = 1; i <= 10; ++i) {
    copies.push_back(folder.path(fmt::format("cut{}.db", i)));
    copy_cut(original, copies.back(), whole * i / 10, false);
  }
  close();
  for (const std::string& copy : copies) {
    settings.path = copy;
    auto before = verify().leaves;
    open();
    close();
    auto report = verify();
    CAPTURE(copy);
    INFO(describe(report));
    CHECK(report.ok);
    CHECK(report.leaves >= before + 2);
    CHECK(query("SELECT count(*) FROM sessions WHERE ended_at IS NULL").front() == "0");
    CHECK(query("SELECT count(*) FROM commands WHERE status IS NULL").front() == "0");
  }
  CHECK(query("SELECT count(*) FROM commands WHERE status = 'unknown'").front() == "6");
  CHECK(query("SELECT end_reason FROM sessions").front() == "unknown");
}

TEST_CASE_METHOD(
    StoreFixture,
    "Chunks that were durable before a crash are named by the outcome that the start writes") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /"), allowed())));
  for (int i = 0; i < 100; ++i)
    REQUIRE(record(*session, 1, "response.body", fmt::format("{:03};", i)));
  REQUIRE(wait(others_outcome()));
  std::string original = settings.path;
  std::string copy = folder.path("crashed.db");
  copy_cut(original, copy, SIZE_MAX, false);
  copy_cut(folder.path("audit-payload-2026-11.db"), folder.path("crashed-payload-2026-11.db"),
           SIZE_MAX, false);
  close();
  settings.path = copy;
  open();
  close();
  std::string got;
  REQUIRE(reader()->replay(opened.id, CommandSeq{1}, [&](const ReplayChunk& piece) {
    got += piece.bytes;
    return true;
  }));
  CHECK(got.size() == 400);
  CHECK(got.ends_with("098;099;"));
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
}

TEST_CASE_METHOD(StoreFixture,
                 "Chunks of a command that never came into the log are swept at the start") {
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "kept"));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  close();
  std::string file = folder.path("audit-payload-2026-11.db");
  query(
      "INSERT INTO payload SELECT id + 1000, session, 77, stream, offset_us, size, salt, key_id, "
      "algorithm, "
      "blob FROM payload",
      file);
  open();
  close();
  CHECK(query("SELECT count(*) FROM payload", file).front() == "1");
  CHECK(verify().ok);
}

TEST_CASE_METHOD(StoreFixture,
                 "Nothing acknowledged is lost when the broker is killed under load") {
  std::mt19937 random(20261123);
  std::set<std::string> acknowledged;
  for (int round = 0; round < 20; ++round) {
    ChildWriter writer(settings.path, 4);
    std::string line;
    int most = std::uniform_int_distribution<int>(1, 400)(random);
    int got = 0;
    for (; got < most && writer.next(line); ++got) acknowledged.insert(line);
    REQUIRE(got > 0);
    writer.kill();
    while (writer.next(line)) acknowledged.insert(line);
    auto report = verify();
    CAPTURE(round);
    INFO(describe(report));
    REQUIRE(report.ok);
  }
  open();
  close();
  std::set<std::string> stored;
  for (const std::string& row :
       query("SELECT event || ' ' || session_id || ' ' || seq FROM commands"))
    stored.insert(row + "\n");
  std::size_t lost = 0;
  for (const std::string& line : acknowledged) lost += stored.contains(line) ? 0 : 1;
  CHECK(lost == 0);
  CHECK(acknowledged.size() >= 20);
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  CHECK(query("SELECT count(*) FROM commands WHERE status IS NULL").front() == "0");
}
