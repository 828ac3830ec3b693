// A store in a folder of its own, and the words that the tests of the store speak in.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/reader.h"
#include "storage/store.h"
#include "tests/support/fakes.h"
#include "tests/support/run.h"

namespace sallyport::test {

inline constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

SessionOpened opened_by(const std::string& subject, const std::string& target = "orders");
Command a_command(const std::string& text, Action action = Action::kRead);
Decision allowed(const std::string& rule = "reads");
Decision denied(const std::string& rule = "no-writes");
std::string describe(const storage::VerifyReport& report);

// The payload's bytes as the port takes them.
inline PayloadChunk chunk(std::string_view stream, std::string_view bytes) {
  return {stream, std::as_bytes(std::span(bytes.data(), bytes.size()))};
}

class StoreFixture {
 public:
  StoreFixture();

  // Opens the store of `settings`; the test fails when it does not open.
  void open();
  Result<std::unique_ptr<storage::SqliteStore>> try_open();
  void close() { store.reset(); }
  std::unique_ptr<storage::StoreReader> reader(bool with_key = true);
  storage::VerifyReport verify(bool with_key = true, bool tree_only = false);

  Result<EventNumber> wait(const Pending& pending) { return loop.run(pending.wait()); }
  // A durable command with its outcome; the number of its intent.
  std::uint64_t command(SessionRecording& session, unsigned seq, const std::string& text);
  // The end of another session's command, with which all that was waiting is written, or refused.
  Pending others_outcome();
  Result<void> record(SessionRecording& session, unsigned seq, std::string_view stream,
                      std::string bytes);
  // Runs SQL on a database of the store as somebody with the sqlite3 program would.
  void tamper(const std::string& sql, const std::string& file = {});
  bool try_query(const std::string& sql);
  std::vector<std::string> query(const std::string& sql, const std::string& file = {});

  TempFolder folder;
  FakeClock clock;
  Loop loop;
  storage::StoreSettings settings;
  std::unique_ptr<storage::SqliteStore> store;
};

}  // namespace sallyport::test
