#include "tests/storage/fixture.h"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>

namespace sallyport::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "sallyport-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

TempFolder::~TempFolder() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

SessionOpened opened_by(const std::string& subject, const std::string& target) {
  SessionOpened out;
  out.id = SessionId::make(1'790'000'000'000);
  out.principal.issuer = "corp";
  out.principal.subject = subject;
  out.principal.actors = {"copilot"};
  out.principal.groups = {"agents", "eu"};
  out.principal.auth_method = "jwt";
  out.principal.credential_id = std::string(64, 'a');
  out.target = target;
  out.protocol = "http";
  out.roles = {"support"};
  out.policy_id = "p1";
  out.client_address = "192.0.2.7:5000";
  return out;
}

Command a_command(const std::string& text, Action action) {
  Command out;
  out.actions = {action};
  out.objects = {{"path", "/v1/orders/7"}};
  out.text = text;
  out.attributes = {{"http.method", "GET"}, {"http.path", "/v1/orders/7"}};
  return out;
}

Decision allowed(const std::string& rule) { return {Verdict::kAllow, rule, "", "p1", {}}; }
Decision denied(const std::string& rule) { return {Verdict::kDeny, rule, "not here", "p1", {}}; }

std::string describe(const storage::VerifyReport& report) {
  std::string out = report.ok ? "ok" : "not ok";
  for (const auto& problem : report.problems)
    out += "\n  " + (problem.event ? std::to_string(*problem.event) : std::string("-")) + ": " +
           problem.what;
  return out;
}

StoreFixture::StoreFixture() {
  settings.path = folder.path("audit.db");
  settings.key = kKey;
  settings.wal_bytes = 0;
  settings.start_fields = {{"version", "1.2.3"}};
}

Result<std::unique_ptr<storage::SqliteStore>> StoreFixture::try_open() {
  return storage::SqliteStore::open(settings, clock);
}

void StoreFixture::open() {
  auto opened = try_open();
  if (!opened) FAIL(opened.error().detail);
  store = std::move(*opened);
}

std::unique_ptr<storage::StoreReader> StoreFixture::reader(bool with_key) {
  auto opened = with_key ? storage::StoreReader::open(settings.path, kKey)
                         : storage::StoreReader::open(settings.path);
  if (!opened) FAIL(opened.error().detail);
  return std::move(*opened);
}

storage::VerifyReport StoreFixture::verify(bool with_key, bool tree_only) {
  auto report = reader(with_key)->verify({tree_only, storage::kProblems});
  if (!report) FAIL(report.error().detail);
  return std::move(*report);
}

Pending StoreFixture::others_outcome() {
  auto other = store->open_session(opened_by("somebody else"));
  auto intent = wait(other->intent(CommandSeq{1}, a_command("GET /else"), allowed()));
  REQUIRE(intent);
  return other->outcome(CommandSeq{1}, {});
}

std::uint64_t StoreFixture::command(SessionRecording& session, unsigned seq,
                                    const std::string& text) {
  auto intent = wait(session.intent(CommandSeq{seq}, a_command(text), allowed()));
  REQUIRE(intent);
  Outcome outcome;
  outcome.status = "200";
  outcome.bytes_in = 10;
  outcome.bytes_out = 20;
  outcome.duration = std::chrono::microseconds(1500);
  REQUIRE(wait(session.outcome(CommandSeq{seq}, outcome)));
  return to_number(*intent);
}

Result<void> StoreFixture::record(SessionRecording& session, unsigned seq, std::string_view stream,
                                  std::string bytes) {
  return loop.run(session.payload(CommandSeq{seq}, chunk(stream, bytes)));
}

std::vector<std::string> StoreFixture::query(const std::string& sql, const std::string& file) {
  sqlite3* db = nullptr;
  std::string path = file.empty() ? settings.path : file;
  std::vector<std::string> out;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  char* error = nullptr;
  auto take = [](void* to, int columns, char** values, char**) {
    std::string line;
    for (int i = 0; i < columns; ++i)
      line += (i > 0 ? "|" : "") + std::string(values[i] ? values[i] : "NULL");
    static_cast<std::vector<std::string>*>(to)->push_back(line);
    return 0;
  };
  int status = sqlite3_exec(db, sql.c_str(), take, &out, &error);
  std::string why = error == nullptr ? "" : error;
  sqlite3_free(error);
  sqlite3_close(db);
  INFO(sql << ": " << why);
  REQUIRE(status == SQLITE_OK);
  return out;
}

bool StoreFixture::try_query(const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(settings.path.c_str(), &db) == SQLITE_OK);
  int status = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(db);
  return status == SQLITE_OK;
}

void StoreFixture::tamper(const std::string& sql, const std::string& file) {
  if (!file.empty()) {
    query(sql, file);
    return;
  }
  // Who can write the file can take the triggers away and put them back.
  auto triggers = query("SELECT sql FROM sqlite_schema WHERE type = 'trigger'");
  std::string all = "DROP TRIGGER leaf_no_update; DROP TRIGGER leaf_no_delete; " + sql + ";";
  for (const std::string& trigger : triggers) all += trigger + ";";
  query(all);
}

}  // namespace sallyport::test
