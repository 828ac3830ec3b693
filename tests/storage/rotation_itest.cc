// A change of `secrets.key`: everything is wrapped anew, and what the old key opened is still
// there.
#include "storage/rotation.h"
#include "storage/vault.h"
#include "tests/storage/fixture.h"

namespace sallyport::test {
namespace {

constexpr std::string_view kNewKey = "another-key-another-key-another";
constexpr std::string_view kThirdKey = "a-third-key-a-third-key-a-third";

class RotationFixture : public StoreFixture {
 public:
  // A session with one command whose answer is `body`, and the secret "crm".
  SessionId fill(const std::string& body) {
    const SessionOpened opened = opened_by("alice");
    auto session = store->open_session(opened);
    REQUIRE(wait(session->intent(CommandSeq{1}, a_command("GET /a"), allowed())));
    REQUIRE(record(*session, 1, "response.body", body));
    REQUIRE(wait(session->outcome(CommandSeq{1}, {})));
    REQUIRE(wait(session->close({"logout", 0, 0})));
    return opened.id;
  }
  void seal(const std::string& value) {
    config::SecretBytes bytes(value);
    REQUIRE(loop.run(store->vault().put("crm", "token", std::move(bytes), "alice")));
  }
  std::string sealed() {
    auto opened = store->vault().open("crm");
    return opened ? std::string(opened->value.view()) : opened.error().detail;
  }
  // What was kept of the command, read with these keys; or the error.
  std::string replayed(const SessionId& id, std::string_view key, std::string_view previous = {}) {
    auto opened = storage::StoreReader::open(settings.path, key, previous);
    if (!opened) return opened.error().detail;
    std::string out;
    auto done = (*opened)->replay(id, CommandSeq{1}, [&](const storage::ReplayChunk& chunk) {
      out += chunk.bytes;
      return true;
    });
    return done ? out : done.error().detail;
  }
  std::vector<std::string> key_ids() {
    return query(
        "SELECT DISTINCT store_key FROM (SELECT store_key FROM session_key UNION SELECT store_key "
        "FROM secret UNION SELECT store_key FROM store_key)");
  }
  storage::RotationReport rotate() {
    auto done = loop.run(store->rotate());
    if (!done) FAIL(done.error().detail);
    return *done;
  }
  std::string why_not_open(std::string_view key, std::string_view previous = {}) {
    settings.key = key;
    settings.previous_key = previous;
    auto opened = try_open();
    if (!opened) return opened.error().detail;
    store = std::move(*opened);
    return {};
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE_METHOD(RotationFixture, "A new key wraps everything anew while the store is in use") {
  open();
  const SessionId before = fill("old body");
  seal("first-value");
  auto open_session = store->open_session(opened_by("bob"));
  CHECK_FALSE(store->change_key(kKey, {}).value());
  CHECK(store->change_key(kNewKey, kKey).value());
  CHECK(store->rotation_pending());
  CHECK_FALSE(store->change_key(kNewKey, kKey).value());
  CHECK(store->change_key(kThirdKey, kKey).error().code == ErrorCode::kUnavailable);
  const auto report = rotate();
  CHECK(report.rewrapped >= 3);
  CHECK(report.unreadable == 0);
  CHECK_FALSE(store->rotation_pending());
  CHECK(key_ids().size() == 1);
  CHECK(sealed() == "first-value");
  seal("second-value");
  const SessionId after = fill("new body");
  command(*open_session, 1, "GET /running");
  CHECK(key_ids().size() == 1);
  close();

  CHECK(has(why_not_open(kKey), "another `secrets.key`"));
  CHECK(why_not_open(kNewKey).empty());
  CHECK(sealed() == "second-value");
  CHECK_FALSE(store->rotation_pending());
  CHECK(replayed(before, kNewKey) == "old body");
  CHECK(replayed(after, kNewKey) == "new body");
  CHECK(has(replayed(before, kKey), "this is not the `secrets.key`"));
  auto opened = storage::StoreReader::open(settings.path, kNewKey);
  REQUIRE(opened);
  CHECK(describe(*(*opened)->verify()) == "ok");
  CHECK(query("SELECT count(*) FROM leaf WHERE instr(CAST(bytes AS TEXT), "
              "'secrets.key_rotation')") == std::vector<std::string>{"2"});
}

TEST_CASE_METHOD(RotationFixture, "The key of the masks is the store's own and outlives its keys") {
  open();
  const std::string key(store->mask_key().view());
  CHECK(key.size() == 32);
  CHECK(store->change_key(kNewKey, kKey).value());
  rotate();
  CHECK(store->mask_key().view() == key);
  close();
  CHECK(why_not_open(kNewKey).empty());
  CHECK(store->mask_key().view() == key);
  close();
  settings.path = folder.path("other.db");
  CHECK(why_not_open(kNewKey).empty());
  CHECK(store->mask_key().view() != key);
}

TEST_CASE_METHOD(RotationFixture, "A change that was cut short goes on at the next start") {
  open();
  const SessionId before = fill("old body");
  seal("first-value");
  close();
  // Opened for a change that never ran: what is new is under the new key, what was there is not.
  CHECK(why_not_open(kNewKey, kKey).empty());
  CHECK(store->rotation_pending());
  const SessionId between = fill("body between");
  CHECK(sealed() == "first-value");
  CHECK(key_ids().size() == 2);
  close();
  // Either key alone is not enough, and says so.
  CHECK(has(why_not_open(kNewKey), "secrets.previous_key"));
  CHECK(has(why_not_open(kKey), "a change of `secrets.key` is not over"));
  CHECK(replayed(before, kNewKey, kKey) == "old body");
  CHECK(replayed(between, kNewKey, kKey) == "body between");
  CHECK(has(replayed(between, kKey), "the one at hand has id"));
  SECTION("forward") {
    CHECK(why_not_open(kNewKey, kKey).empty());
    rotate();
    close();
    CHECK(why_not_open(kNewKey).empty());
    CHECK(replayed(before, kNewKey) == "old body");
    CHECK(replayed(between, kNewKey) == "body between");
  }
  SECTION("or back") {
    CHECK(why_not_open(kKey, kNewKey).empty());
    CHECK(store->rotation_pending());
    rotate();
    close();
    CHECK(why_not_open(kKey).empty());
    CHECK(replayed(between, kKey) == "body between");
  }
  CHECK(sealed() == "first-value");
  CHECK(key_ids().size() == 1);
}

TEST_CASE_METHOD(RotationFixture,
                 "A change to a key that does not follow the one in force is refused") {
  open();
  CHECK(
      has(store->change_key(kNewKey, {}).error().detail, "name that one as secrets.previous_key"));
  CHECK(store->change_key(kNewKey, kThirdKey).error().code == ErrorCode::kInvalid);
  CHECK(store->change_key("short", kKey).error().code == ErrorCode::kInvalid);
  CHECK_FALSE(store->rotation_pending());
  close();
  CHECK(has(why_not_open(kNewKey, kThirdKey), "another `secrets.key`"));
}

TEST_CASE_METHOD(RotationFixture, "Keys that neither key opens are counted and left") {
  open();
  fill("old body");
  const SessionId sound = fill("sound body");
  query(
      "UPDATE session_key SET wrapped = zeroblob(60) WHERE session = (SELECT id FROM "
      "derived_session ORDER BY opened LIMIT 1)");
  REQUIRE(store->change_key(kNewKey, kKey));
  CHECK(rotate().unreadable == 1);
  close();
  CHECK(why_not_open(kNewKey).empty());
  CHECK(replayed(sound, kNewKey) == "sound body");
}

TEST_CASE_METHOD(RotationFixture, "Many sessions are wrapped anew in several transactions") {
  open();
  for (unsigned i = 0; i < 2 * storage::kRotationRows + 10; ++i)
    store->open_session(opened_by("agent"))->close({"logout", 0, 0});
  const SessionId last = fill("the last body");
  REQUIRE(store->change_key(kNewKey, kKey));
  CHECK(rotate().rewrapped == 2 * storage::kRotationRows + 10 + 1 + 1);
  CHECK(key_ids().size() == 1);
  CHECK(replayed(last, kNewKey) == "the last body");
}

}  // namespace
}  // namespace sallyport::test
