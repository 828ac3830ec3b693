// Planted changes, each made as somebody who can write the files would make them, and each found.
#include <fmt/format.h>

#include "storage/leaf.h"
#include "storage/merkle.h"
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

namespace {

// Events 0 to 11: broker.start, two sessions, three commands with outcomes, a login, a change, an
// end.
class TamperFixture : public StoreFixture {
 public:
  TamperFixture() {
    open();
    first = opened_by("alice");
    auto one = store->open_session(first);
    command(*one, 1, "GET /v1/orders/7");
    second = opened_by("bob");
    auto two = store->open_session(second);
    REQUIRE(wait(two->intent(CommandSeq{1}, a_command("GET /v1/customers"), allowed())));
    REQUIRE(record(*two, 1, "response.body", "a body"));
    REQUIRE(wait(two->outcome(CommandSeq{1}, {})));
    command(*two, 2, "GET /v1/more");
    REQUIRE(wait(store->login({"http", "192.0.2.9:1", "corp", "mallory", false, "expired"})));
    REQUIRE(wait(store->change({"policy", "process", "p1", "p2"})));
    close();
    auto report = verify();
    INFO(describe(report));
    REQUIRE(report.ok);
    payload_file = folder.path("audit-payload-2026-11.db");
  }

  // True when some problem names the event.
  bool found_at(std::uint64_t event, bool with_key = true, bool tree_only = false) {
    auto report = verify(with_key, tree_only);
    UNSCOPED_INFO(describe(report));
    if (report.ok) return false;
    for (const Problem& problem : report.problems)
      if (problem.event == event) return true;
    return false;
  }
  bool found() {
    auto report = verify();
    UNSCOPED_INFO(describe(report));
    return !report.ok;
  }

  // Writes the leaf anew with all hashes above it right, as far as the log goes.
  void rewrite_tree() {
    auto bytes = query("SELECT hex(bytes) FROM leaf ORDER BY n");
    Hasher hasher;
    Frontier frontier;
    std::string sql;
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      std::string raw;
      for (std::size_t i = 0; i + 1 < bytes[n].size(); i += 2)
        raw.push_back(static_cast<char>(std::stoi(bytes[n].substr(i, 2), nullptr, 16)));
      std::string hashes;
      frontier.append(hasher, raw, hashes);
      sql += fmt::format("UPDATE leaf SET hashes = x'{}' WHERE n = {};", to_hex(hashes), n);
    }
    tamper(sql);
  }

  SessionOpened first;
  SessionOpened second;
  std::string payload_file;
};

constexpr std::string_view kReplace =
    "UPDATE leaf SET bytes = CAST(replace(CAST(bytes AS TEXT), '{}', '{}') AS BLOB) WHERE n = {}";

}  // namespace

TEST_CASE_METHOD(TamperFixture, "An altered record is found and named") {
  auto count = query("SELECT count(*) FROM leaf").front();
  for (std::uint64_t n = 0; n < std::stoull(count); ++n) {
    auto last = query(fmt::format("SELECT hex(bytes) FROM leaf WHERE n = {}", n)).front();
    std::string other = last;
    other[other.size() / 2] = other[other.size() / 2] == '6' ? '7' : '6';
    tamper(fmt::format("UPDATE leaf SET bytes = x'{}' WHERE n = {}", other, n));
    CAPTURE(n);
    CHECK(found_at(n));
    auto tree = verify(false, true);
    REQUIRE(tree.problems.size() == 1);
    CHECK(tree.problems.front().event == n);
    tamper(fmt::format("UPDATE leaf SET bytes = x'{}' WHERE n = {}", last, n));
  }
  CHECK(verify().ok);
}

TEST_CASE_METHOD(TamperFixture, "A changed time is found") {
  tamper(fmt::format(kReplace, "\"time_us\":17", "\"time_us\":16", 2));
  CHECK(found_at(2));
}

TEST_CASE_METHOD(TamperFixture, "A deleted record in the middle is found") {
  tamper("DELETE FROM leaf WHERE n = 4");
  CHECK(found_at(4));
  CHECK(found_at(4, false, true));
}

TEST_CASE_METHOD(TamperFixture, "Two neighbours that changed places are found") {
  tamper(
      "UPDATE leaf SET n = 1000 WHERE n = 5; UPDATE leaf SET n = 5 WHERE n = 6; UPDATE leaf SET n "
      "= 6 WHERE n = 1000");
  CHECK(found_at(5));
  CHECK(found_at(6));
}

TEST_CASE_METHOD(TamperFixture, "An inserted record is found") {
  SECTION("before the first") {
    tamper("INSERT INTO leaf SELECT -1, bytes, hashes FROM leaf WHERE n = 0");
    CHECK(found());
  }
  SECTION("behind the last, with a hole") {
    tamper("INSERT INTO leaf SELECT 1000, bytes, hashes FROM leaf WHERE n = 1");
    CHECK(found());
  }
  SECTION("far behind the last") {
    tamper("INSERT INTO leaf SELECT 9000000000000, bytes, hashes FROM leaf WHERE n = 1");
    CHECK(found());
  }
}

TEST_CASE_METHOD(TamperFixture,
                 "A record moved to another session is found, also with its hashes made anew") {
  tamper(fmt::format(kReplace, second.id.to_string(), first.id.to_string(), 6));
  CHECK(found_at(6));
  rewrite_tree();
  CHECK(verify(false, true).ok);
  CHECK(found_at(6));
}

TEST_CASE_METHOD(
    TamperFixture,
    "A number written as text or with a fraction is found, also with hashes made anew") {
  SECTION("as text") { tamper(fmt::format(kReplace, "\"seq\":1,", "\"seq\":\"1\",", 2)); }
  SECTION("as a fraction") { tamper(fmt::format(kReplace, "\"seq\":1,", "\"seq\":1.0,", 2)); }
  rewrite_tree();
  CHECK(found_at(2));
}

TEST_CASE_METHOD(TamperFixture,
                 "An outcome whose intent was taken out and all numbers made anew is found") {
  tamper("DELETE FROM leaf WHERE n = 2; UPDATE leaf SET n = n - 1 WHERE n > 2");
  CHECK(found());
  rewrite_tree();
  CHECK(found());
}

TEST_CASE_METHOD(TamperFixture, "An altered tree node is found") {
  tamper(
      "UPDATE leaf SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(length(hashes) - 32) AS "
      "BLOB) WHERE n = "
      "3");
  CHECK(found_at(3));
  tamper("UPDATE leaf SET hashes = substr(hashes, 1, 32) WHERE n = 7");
  CHECK(found_at(7));
}

TEST_CASE_METHOD(TamperFixture, "Derived rows that lie are found") {
  SECTION("a changed cell") {
    query("UPDATE derived_command SET decision = 'deny' WHERE event = 2");
    CHECK(found_at(2));
    CHECK(found_at(2, false));
  }
  SECTION("a changed text") {
    query("UPDATE derived_command SET text = 'GET /harmless' WHERE event = 2");
    CHECK(found_at(2));
  }
  SECTION("a deleted row") {
    query("DELETE FROM derived_command WHERE event = 2");
    CHECK(found_at(2));
  }
  SECTION("an inserted row") {
    query(
        "INSERT INTO derived_login SELECT 999, time_us, protocol, client_address, issuer, "
        "'nobody', outcome, reason FROM derived_login");
    CHECK(found_at(999));
  }
  SECTION("a changed session") {
    query("UPDATE derived_session SET subject = 'nobody' WHERE opened = 1");
    CHECK(found_at(1));
  }
  SECTION("an invented approval") {
    query(
        "INSERT INTO derived_approval(id, session, seq, requested_us, state) VALUES('x', 1, 1, 0, "
        "'approved')");
    CHECK(found());
  }
}

TEST_CASE_METHOD(TamperFixture,
                 "A changed, missing or additional table, view or trigger is found") {
  SECTION("a view that hides denials") {
    auto sql = query("SELECT sql FROM sqlite_schema WHERE name = 'commands'").front();
    query("DROP VIEW commands; " + sql + " WHERE c.decision <> 'deny'");
    CHECK(found());
  }
  SECTION("a missing trigger") {
    query("DROP TRIGGER leaf_no_delete");
    CHECK(found());
  }
  SECTION("an additional trigger") {
    query(
        "CREATE TRIGGER hide AFTER INSERT ON derived_command BEGIN DELETE FROM derived_command "
        "WHERE event = new.event; END");
    CHECK(found());
  }
}

TEST_CASE_METHOD(TamperFixture, "The log does not let itself be changed by a slip") {
  for (std::string_view sql : {"UPDATE leaf SET n = n", "DELETE FROM leaf"}) {
    auto tried = query(fmt::format("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"));
    CHECK(tried.front() == "2");
    CHECK_FALSE(try_query(std::string(sql)));
  }
}

TEST_CASE_METHOD(TamperFixture, "Payloads that were altered, swapped or taken away are found") {
  SECTION("a changed byte") {
    query("UPDATE payload SET blob = zeroblob(length(blob))", payload_file);
    CHECK(found_at(6));
    CHECK(verify(false).ok);
  }
  SECTION("a deleted payload") {
    query("DELETE FROM payload", payload_file);
    CHECK(found_at(6));
    CHECK(found_at(6, false));
  }
  SECTION("texts of two commands that changed places") {
    query(
        "UPDATE payload SET id = -id; UPDATE payload SET id = (SELECT max(-id) + min(-id) FROM "
        "payload) + id");
    CHECK(found_at(2));
  }
  SECTION("a lost session key") {
    query("DELETE FROM session_key");
    CHECK(found_at(2));
  }
}

TEST_CASE_METHOD(TamperFixture, "A payload that was erased by a recorded act is no problem") {
  open();
  REQUIRE(wait(
      store->event({"erased", {{"session", second.id.to_string()}, {"reason", "retention"}}})));
  close();
  query("DELETE FROM payload", payload_file);
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  CHECK(report.payloads_erased == 1);
}

TEST_CASE_METHOD(TamperFixture,
                 "A clock that was set is noted, and the order stays that of the numbers") {
  open();
  REQUIRE(wait(store->event({"one", {}})));
  clock.set_wall(clock.wall() + std::chrono::hours(2));
  REQUIRE(wait(store->event({"two", {}})));
  clock.set_wall(clock.wall() - std::chrono::hours(4));
  REQUIRE(wait(store->event({"three", {}})));
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  CHECK(report.notes.size() == 2);
}

TEST_CASE_METHOD(TamperFixture, "Verification stops collecting at its limit and still says no") {
  tamper("UPDATE leaf SET bytes = x'00'");
  auto report = reader()->verify({false, 3});
  REQUIRE(report);
  CHECK_FALSE(report->ok);
  CHECK(report->problems.size() == 3);
}

TEST_CASE_METHOD(TamperFixture,
                 "A cut tail is not seen without a copy kept outside, and the root shows it") {
  // What the manual says plainly: this store alone cannot know of records that were its last.
  auto before = verify();
  query(
      "DROP TRIGGER leaf_no_delete; DELETE FROM leaf WHERE n = (SELECT max(n) FROM leaf); CREATE "
      "TRIGGER "
      "leaf_no_delete BEFORE DELETE ON leaf BEGIN SELECT RAISE(ABORT,'the audit log is "
      "append-only'); END");
  auto after = verify();
  CHECK(after.leaves == before.leaves - 1);
  CHECK(after.root != before.root);
}
