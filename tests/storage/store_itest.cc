// The store on a real file: what is recorded is there, in the views, in replay, and in a copy.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "storage/limits.h"
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

namespace fs = std::filesystem;

TEST_CASE_METHOD(StoreFixture, "The intent is durable before its pending is ready") {
  open();
  auto session = store->open_session(opened_by("alice"));
  auto intent = wait(session->intent(CommandSeq{1}, a_command("GET /v1/orders/7"), allowed()));
  REQUIRE(intent);
  // Another connection sees it at once, in the file.
  auto rows = query(
      fmt::format("SELECT decision, text FROM commands WHERE event = {}", to_number(*intent)));
  REQUIRE(rows == std::vector<std::string>{"allow|GET /v1/orders/7"});
}

TEST_CASE_METHOD(StoreFixture, "A session's life is in the views of the interface") {
  open();
  auto session = store->open_session(opened_by("alice"));
  auto event = command(*session, 1, "GET /v1/orders/7");
  REQUIRE(wait(
      session->intent(CommandSeq{2}, a_command("DELETE /v1/orders/7", Action::kDelete), denied())));
  REQUIRE(wait(session->close({"idle", 100, 200})));
  REQUIRE(wait(store->login({"http", "192.0.2.9:1", "corp", "mallory", false, "expired"})));
  REQUIRE(wait(store->change({"policy", "process", "p1", "p2"})));
  auto sessions = query(
      "SELECT started_at, ended_at, end_reason, protocol, target, issuer, subject, actor, groups, "
      "roles, "
      "client_address, auth_method, commands, denied, masked, bytes_in, bytes_out FROM sessions");
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0] ==
        "2026-11-23T00:00:00.000Z|2026-11-23T00:00:00.000Z|idle|http|orders|corp|alice|copilot|["
        "\"agents\",\"eu\"]|"
        "[\"support\"]|192.0.2.7:5000|jwt|2|1|0|100|200");
  auto commands = query(
      "SELECT event, seq, time, subject, actor, target, protocol, action, objects, text, decision, "
      "rule, reason, "
      "approval_id, status, rows, bytes_in, bytes_out, masked, duration_ms FROM commands ORDER BY "
      "event");
  REQUIRE(commands.size() == 2);
  CHECK(commands[0] ==
        fmt::format(
            "{}|1|2026-11-23T00:00:00.000Z|alice|copilot|orders|http|[\"read\"]|"
            "[\"path:/v1/orders/7\"]|GET /v1/orders/7|allow|reads|NULL|NULL|200|0|10|20|0|1.5",
            event));
  CHECK(commands[1].find("|DELETE /v1/orders/7|deny|no-writes|not here|NULL|NULL|NULL|") !=
        std::string::npos);
  CHECK(query("SELECT * FROM logins") ==
        std::vector<std::string>{
            "2026-11-23T00:00:00.000Z|http|192.0.2.9:1|corp|mallory|refused|expired"});
  CHECK(query("SELECT * FROM changes") ==
        std::vector<std::string>{"2026-11-23T00:00:00.000Z|policy|process|p1|p2"});
  CHECK(query("SELECT count(*) FROM approvals") == std::vector<std::string>{"0"});
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
}

TEST_CASE_METHOD(StoreFixture, "The views have exactly the columns that reviewers rely on") {
  open();
  auto columns = [&](const std::string& view) {
    return query("SELECT group_concat(name, ', ') FROM pragma_table_info('" + view + "')").front();
  };
  CHECK(columns("sessions") ==
        "id, started_at, ended_at, end_reason, protocol, target, issuer, subject, actor, groups, "
        "roles, "
        "client_address, auth_method, commands, denied, masked, bytes_in, bytes_out");
  CHECK(columns("commands") ==
        "event, session_id, seq, time, subject, actor, target, protocol, action, objects, text, "
        "decision, rule, "
        "reason, approval_id, status, rows, bytes_in, bytes_out, masked, duration_ms");
  CHECK(columns("approvals") ==
        "id, session_id, seq, requested_at, expires_at, state, digest, decided_by, decided_at, "
        "reason");
  CHECK(columns("logins") == "time, protocol, client_address, issuer, subject, outcome, reason");
  CHECK(columns("changes") == "time, kind, subject, before, after");
}

TEST_CASE_METHOD(StoreFixture, "Recorded bytes come back in order with their timing") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("POST /v1"), allowed())));
  std::string big(200'000, 'b');
  REQUIRE(record(*session, 1, "request.head", "POST /v1 HTTP/1.1"));
  clock.advance(std::chrono::milliseconds(250));
  REQUIRE(record(*session, 1, "request.body", big));
  REQUIRE(record(*session, 1, "response.head", "HTTP/1.1 200 OK"));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  std::map<std::string, std::string> streams;
  std::vector<std::int64_t> offsets;
  auto replayed = reader()->replay(opened.id, CommandSeq{1}, [&](const ReplayChunk& piece) {
    streams[piece.stream] += piece.bytes;
    offsets.push_back(piece.offset.count());
    return true;
  });
  REQUIRE(replayed);
  CHECK(streams["request.head"] == "POST /v1 HTTP/1.1");
  CHECK(streams["request.body"] == big);
  CHECK(streams["response.head"] == "HTTP/1.1 200 OK");
  CHECK(offsets.front() == 0);
  CHECK(offsets.back() == 250'000);
  auto facts = reader()->facts(opened.id, CommandSeq{1});
  REQUIRE(facts);
  CHECK(facts->text == "POST /v1");
  CHECK(facts->attributes.size() == 2);
  auto sealed =
      reader(false)->replay(opened.id, CommandSeq{1}, [](const ReplayChunk&) { return true; });
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().code == ErrorCode::kUnauthenticated);
  CHECK_FALSE(StoreReader::open(settings.path, "another key, 32 bytes, no match.."));
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  CHECK(report.payloads == 7);
}

TEST_CASE_METHOD(StoreFixture,
                 "Fifty streams of one command are proven as it goes and as a whole") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("shell"), allowed())));
  std::map<std::string, std::string> sent;
  for (int i = 0; i < 500; ++i) {
    std::string stream = fmt::format("stream.{}", i % 50);
    std::string bytes = fmt::format("piece {} of {};", i, stream);
    sent[stream] += bytes;
    REQUIRE(record(*session, 1, stream, bytes));
  }
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  std::map<std::string, std::string> got;
  REQUIRE(reader()->replay(opened.id, CommandSeq{1}, [&](const ReplayChunk& piece) {
    got[piece.stream] += piece.bytes;
    return true;
  }));
  CHECK(got == sent);
  CHECK(query("SELECT count(*) FROM derived_chunks") == std::vector<std::string>{"7"});
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
}

TEST_CASE_METHOD(StoreFixture, "Nothing recorded can be read from the files without the key") {
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /v1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "the-needle-in-the-payload"));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  close();
  for (const auto& entry : fs::directory_iterator(fs::path(settings.path).parent_path())) {
    std::string bytes(fs::file_size(entry.path()), '\0');
    FILE* file = std::fopen(entry.path().c_str(), "rb");
    REQUIRE(std::fread(bytes.data(), 1, bytes.size(), file) == bytes.size());
    std::fclose(file);
    CHECK(bytes.find("the-needle") == std::string::npos);
    struct stat info {};
    REQUIRE(::stat(entry.path().c_str(), &info) == 0);
    CAPTURE(entry.path().string());
    CHECK((info.st_mode & 0077) == 0);
  }
}

TEST_CASE_METHOD(StoreFixture,
                 "Beyond a session's limit payloads are dropped, and the log says so") {
  settings.session_payload_limit = 1'000;
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /v1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", std::string(999, 'a')));
  REQUIRE(record(*session, 1, "response.body", std::string(5, 'b')));
  REQUIRE(record(*session, 1, "response.body", std::string(5, 'c')));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  std::string got;
  REQUIRE(reader()->replay(opened.id, CommandSeq{1}, [&](const ReplayChunk& piece) {
    got += piece.bytes;
    return true;
  }));
  std::string kept(999, 'a');
  kept.push_back('b');
  CHECK(got == kept);
  CHECK(
      query(
          "SELECT count(*) FROM leaf WHERE json_extract(bytes, '$.kind') = 'payload.truncated'") ==
      std::vector<std::string>{"1"});
  CHECK(verify().ok);
}

TEST_CASE_METHOD(StoreFixture, "A session may be ended at its payload limit instead") {
  settings.session_payload_limit = 1'000;
  settings.on_payload_limit = OnPayloadLimit::kEndSession;
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /v1"), allowed())));
  REQUIRE(record(*session, 1, "response.body", std::string(1'000, 'a')));
  auto over = record(*session, 1, "response.body", "b");
  REQUIRE_FALSE(over);
  CHECK(over.error().code == ErrorCode::kLimit);
}

TEST_CASE_METHOD(StoreFixture, "Commands are found by everything that a reviewer asks for") {
  open();
  auto alice = opened_by("alice");
  auto bob = opened_by("bob", "crm");
  auto one = store->open_session(alice);
  auto two = store->open_session(bob);
  command(*one, 1, "GET /v1/orders/7");
  clock.advance(std::chrono::hours(1));
  WallTime later = clock.wall();
  command(*two, 1, "GET /v1/customers?name=Meier");
  REQUIRE(wait(two->intent(CommandSeq{2}, a_command("DELETE /v1/customers/1", Action::kDelete),
                           denied("no-delete"))));
  auto find = [&](auto set) {
    CommandQuery query;
    set(query);
    auto rows = reader(false)->commands(query);
    REQUIRE(rows);
    std::string out;
    for (const auto& row : *rows) out += row.text.value_or("NULL").substr(0, 12) + ";";
    return out;
  };
  CHECK(find([](auto&) {}) == "DELETE /v1/c;GET /v1/cust;GET /v1/orde;");
  CHECK(find([](auto& q) {
          q.oldest_first = true;
          q.limit = 1;
        }) == "GET /v1/orde;");
  CHECK(find([](auto& q) { q.offset = 2; }) == "GET /v1/orde;");
  CHECK(find([](auto& q) { q.subject = "bob"; }) == "DELETE /v1/c;GET /v1/cust;");
  CHECK(find([](auto& q) { q.target = "or*"; }) == "GET /v1/orde;");
  CHECK(find([](auto& q) { q.action = "delete"; }) == "DELETE /v1/c;");
  CHECK(find([](auto& q) {
          q.object = "path:/v1/*";
          q.limit = 1;
        }) == "DELETE /v1/c;");
  CHECK(find([](auto& q) { q.decision = "deny"; }) == "DELETE /v1/c;");
  CHECK(find([](auto& q) { q.rule = "no-delete"; }) == "DELETE /v1/c;");
  CHECK(find([](auto& q) { q.text = "meier"; }) == "GET /v1/cust;");
  CHECK(find([](auto& q) { q.text = "100%"; }).empty());
  CHECK(find([&](auto& q) { q.session = alice.id; }) == "GET /v1/orde;");
  CHECK(find([&](auto& q) { q.from = later; }) == "DELETE /v1/c;GET /v1/cust;");
  CHECK(find([&](auto& q) { q.to = later; }) == "GET /v1/orde;");
  auto sessions = reader(false)->sessions({});
  REQUIRE(sessions);
  REQUIRE(sessions->size() == 2);
  CHECK(sessions->front().subject == "bob");
  CHECK(sessions->front().denied == 1);
  auto shown = reader(false)->session(alice.id);
  REQUIRE(shown);
  CHECK(shown->id == alice.id.to_string());
  CHECK_FALSE(shown->ended_at);
  CHECK(reader(false)->session(SessionId::make(1)).error().code == ErrorCode::kNotFound);
}

TEST_CASE_METHOD(StoreFixture,
                 "A snapshot taken while the broker writes verifies and is complete") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  for (unsigned i = 1; i <= 20; ++i) {
    REQUIRE(wait(session->intent(CommandSeq{i}, a_command("GET /"), allowed())));
    REQUIRE(record(*session, i, "response.body", "hello"));
    REQUIRE(wait(session->outcome(CommandSeq{i}, {})));
  }
  std::string copy = folder.path("copy.db");
  auto made = reader(false)->snapshot(copy);
  if (!made) FAIL(made.error().detail);
  CHECK(made->files.size() == 2);
  CHECK_FALSE(reader(false)->snapshot(copy));
  command(*session, 21, "GET /later");
  auto read = StoreReader::open(copy, kKey);
  REQUIRE(read);
  auto report = (*read)->verify();
  REQUIRE(report);
  INFO(describe(*report));
  CHECK(report->ok);
  CHECK(report->leaves == 42);
  std::string got;
  REQUIRE((*read)->replay(opened.id, CommandSeq{20}, [&](const ReplayChunk& piece) {
    got += piece.bytes;
    return true;
  }));
  CHECK(got == "hello");
}

TEST_CASE_METHOD(StoreFixture, "A second broker on the same store is refused") {
  open();
  auto second = try_open();
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kUnavailable);
  CHECK(second.error().detail.find("another broker has this store open") != std::string::npos);
  close();
  CHECK(try_open());
}

TEST_CASE_METHOD(StoreFixture, "The log goes on where it was after a restart") {
  open();
  auto session = store->open_session(opened_by("alice"));
  auto first = command(*session, 1, "GET /1");
  REQUIRE(wait(session->close({"shutdown", 0, 0})));
  close();
  open();
  auto again = store->open_session(opened_by("alice"));
  CHECK(command(*again, 1, "GET /2") > first);
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  auto kinds = query("SELECT json_extract(bytes, '$.kind') FROM leaf ORDER BY n");
  CHECK(kinds == std::vector<std::string>{"broker.start", "session.opened", "intent", "outcome",
                                          "session.closed", "broker.stop", "broker.start",
                                          "session.opened", "intent", "outcome"});
}

TEST_CASE_METHOD(StoreFixture,
                 "A store made with another key is not opened, nor with a short one") {
  open();
  close();
  settings.key = "another key of enough length....";
  auto other = try_open();
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::kInvalid);
  settings.key = "short";
  CHECK_FALSE(try_open());
}

TEST_CASE_METHOD(StoreFixture, "A missing main database beside payload files is not made anew") {
  open();
  auto session = store->open_session(opened_by("alice"));
  REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /"), allowed())));
  REQUIRE(record(*session, 1, "response.body", "hello"));
  REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
  close();
  fs::remove(settings.path);
  auto opened = try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kMalformed);
  CHECK_FALSE(fs::exists(settings.path));
}

TEST_CASE_METHOD(StoreFixture,
                 "Records of a session that is over or of a store that is closed are refused") {
  open();
  auto session = store->open_session(opened_by("alice"));
  command(*session, 1, "GET /1");
  CHECK_FALSE(wait(session->outcome(CommandSeq{1}, {})));
  CHECK_FALSE(record(*session, 1, "response.body", "late"));
  CHECK_FALSE(wait(session->intent(CommandSeq{1}, a_command("again"), allowed())));
  REQUIRE(wait(session->close({"idle", 0, 0})));
  CHECK_FALSE(wait(session->intent(CommandSeq{2}, a_command("GET /2"), allowed())));
  store->stop();
  CHECK_FALSE(store->healthy());
  CHECK(wait(store->event({"watchdog", {}})).error().code == ErrorCode::kNotRecorded);
  CHECK(verify().ok);
}

TEST_CASE_METHOD(StoreFixture, "An event of an impossible type is refused") {
  open();
  CHECK(wait(store->event({"intent", {}})).error().code == ErrorCode::kInvalid);
  CHECK(wait(store->event({"watchdog", {{"thread", "1"}}})));
}

TEST_CASE_METHOD(StoreFixture, "Payloads go to the file of their month") {
  open();
  auto opened = opened_by("alice");
  auto session = store->open_session(opened);
  for (unsigned i = 1; i <= 2; ++i) {
    REQUIRE(wait(session->intent(CommandSeq{i}, a_command("GET /"), allowed())));
    REQUIRE(record(*session, i, "response.body", fmt::format("month {}", i)));
    REQUIRE(wait(session->outcome(CommandSeq{i}, {})));
    clock.advance(std::chrono::hours(24 * 20));
  }
  CHECK(fs::exists(folder.path("audit-payload-2026-11.db")));
  CHECK(fs::exists(folder.path("audit-payload-2026-12.db")));
  std::string got;
  for (unsigned i = 1; i <= 2; ++i)
    REQUIRE(reader()->replay(opened.id, CommandSeq{i}, [&](const ReplayChunk& piece) {
      got += piece.bytes;
      return true;
    }));
  CHECK(got == "month 1month 2");
  CHECK(verify().ok);
}
