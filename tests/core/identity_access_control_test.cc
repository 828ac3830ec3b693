#include <catch2/catch.hpp>
#include <thread>

#include "core/identity/access_control.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport::identity {
namespace {

using namespace std::chrono_literals;
using Types = std::vector<std::string>;

struct Bench {
  std::shared_ptr<Session> open(const std::string& subject, std::vector<std::string> actors = {}) {
    auto target = std::make_shared<Target>();
    target->name = "crm";
    Principal p;
    p.issuer = "corp";
    p.subject = subject;
    p.actors = std::move(actors);
    p.expires_at = clock.wall() + 1h;
    return loop.run(sessions.open({p, target, "", "", {}})).value();
  }
  Types events() const {
    Types out;
    for (const auto& record : recorder.of_kind("event"))
      if (record.event.type != "authz.resolved") out.push_back(record.event.type);
    return out;
  }
  Result<void> enable(const std::string& subject, const std::string& issuer = {}) {
    return loop.run(access.enable({subject, issuer, "back", "alice"}));
  }

  test::FakeClock clock;
  test::MemoryRecorder recorder;
  test::FakePolicySource policies{test::allow_all};
  SessionRegistry sessions{recorder, policies, clock, SessionLimits()};
  AccessBook book;
  AccessControl access{book, recorder, clock, {&sessions, nullptr}};
  test::Loop loop;
};

}  // namespace

TEST_CASE("Disabling ends the identity's sessions and those on its hands, and is recorded") {
  Bench b;
  auto own = b.open("a");
  auto acting = b.open("agent", {"a"});
  auto other = b.open("b");
  auto done = b.access.disable({"a", "", "left", "alice"});
  REQUIRE(done);
  CHECK(done->sessions == 2);
  CHECK(own->end_reason() == "disabled");
  CHECK(acting->end_reason() == "disabled");
  CHECK(other->live());
  REQUIRE(b.events() == Types{"access.disabled"});
  using Fields = std::vector<std::pair<std::string, std::string>>;
  for (const auto& record : b.recorder.of_kind("event"))
    if (record.event.type == "access.disabled")
      CHECK(record.event.fields == Fields{{"subject", "a"}, {"reason", "left"}, {"by", "alice"}});
}

TEST_CASE("With the store down an identity is shut out all the same, and recorded once it works") {
  Bench b;
  auto session = b.open("a");
  b.recorder.fail(true);
  auto done = b.access.disable({"a", "", "", "alice"});
  REQUIRE(done);
  CHECK_FALSE(session->live());
  CHECK(b.book.list().size() == 1);
  CHECK_FALSE(b.loop.run(done->recorded.wait()));
  b.access.keep_house();
  CHECK(b.events().empty());
  b.recorder.fail(false);
  b.access.keep_house();
  b.access.keep_house();
  CHECK(b.events() == Types{"access.disabled"});
}

TEST_CASE("Enabling is recorded first, and without a record nothing changes") {
  Bench b;
  REQUIRE(b.access.disable({"a", "", "", "alice"}));
  b.recorder.fail(true);
  CHECK(b.enable("a").error().code == ErrorCode::kNotRecorded);
  CHECK(b.book.list().size() == 1);
  b.recorder.fail(false);
  CHECK(b.enable("a"));
  CHECK(b.book.list().empty());
  CHECK(b.events() == Types{"access.disabled", "access.enabled"});
}

TEST_CASE("An order that the store refused stands before its end in the log") {
  Bench b;
  b.recorder.fail(true);
  REQUIRE(b.access.disable({"a", "", "", "alice"}));
  b.recorder.fail(false);
  CHECK(b.enable("a"));
  b.access.keep_house();
  CHECK(b.events() == Types{"access.disabled", "access.enabled"});
}

TEST_CASE("Enabling what is not disabled, or more widely, is not found") {
  Bench b;
  CHECK(b.enable("a").error().detail == "the identity is not disabled");
  REQUIRE(b.access.disable({"a", "", "", "alice"}));
  CHECK(b.enable("a", "corp").error().code == ErrorCode::kNotFound);
  CHECK(b.enable("a", "corp").error().detail.find("without an issuer") != std::string::npos);
}

TEST_CASE("Whoever is disabled while many threads open sessions has none after the next sweep") {
  class BookStanding final : public Standing {
   public:
    explicit BookStanding(const AccessBook& book) : book_(book) {}
    std::uint64_t version() const override { return book_.version(); }
    std::optional<Loss> lost(Session& session) const override {
      if (book_.shuts_out(session.principal())) return Loss{"disabled", false};
      return std::nullopt;
    }

   private:
    const AccessBook& book_;
  };
  Bench b;
  b.sessions.set_limits({100'000, 100'000});
  const BookStanding standing(b.book);
  std::atomic<int> opening{3};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      test::Loop loop;
      auto target = std::make_shared<Target>();
      for (int i = 0; i < 200; ++i) {
        Principal p;
        p.issuer = "corp";
        p.subject = "s" + std::to_string(i % 8);
        p.expires_at = b.clock.wall() + 1h;
        // As a login does; its verdict may be old by the time the session opens.
        if (!b.book.shuts_out(p) && !loop.run(b.sessions.open({p, target, "", "", {}}))) ++failed;
      }
      --opening;
    });
  for (int i = 0; i < 200 && opening > 0; ++i) {
    REQUIRE(b.access.disable({"s" + std::to_string(i % 4), "", "", "alice"}));
    b.access.keep_house();
    b.sessions.sweep(&standing);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  b.sessions.sweep(&standing);
  for (const auto& session : b.sessions.live()) CHECK_FALSE(b.book.shuts_out(session->principal()));
}

TEST_CASE("A subject that no token can have is refused, at n and n+1 bytes") {
  Bench b;
  CHECK(b.access.disable({std::string(255, 'x'), "", "", "alice"}));
  for (const std::string& bad : {std::string(), std::string(256, 'x'), std::string("a\nb")})
    CHECK(b.access.disable({bad, "", "", "alice"}).error().code == ErrorCode::kInvalid);
  CHECK(b.access.disable({"a", "", std::string(1'024, 'r'), "alice"}));
  CHECK(b.access.disable({"a", "", std::string(1'025, 'r'), "alice"}).error().code ==
        ErrorCode::kInvalid);
}

}  // namespace sallyport::identity
