#include "core/session.h"

#include <catch2/catch.hpp>

#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  Fixture() {
    target = std::make_shared<Target>();
    target->name = "crm";
    target->protocol = "http";
  }

  Result<std::shared_ptr<Session>> open(const std::string& subject, std::string group = "agents") {
    Principal p;
    p.issuer = "dev";
    p.subject = subject;
    p.groups = {std::move(group)};
    p.expires_at = clock.wall() + 15min;
    SessionRequest request{p, target, "127.0.0.1:5", "", idle};
    return loop.run(registry.open(request));
  }

  // The reasons with which sessions were recorded as closed, in order.
  std::vector<std::string> closed() const {
    std::vector<std::string> out;
    for (const auto& r : store.of_kind("close")) out.push_back(r.closed.reason);
    return out;
  }

  test::FakeClock clock;
  test::MemoryRecorder store;
  test::FakePolicySource policies{test::allow_all};
  test::Loop loop;
  SessionRegistry registry{store, policies, clock, SessionLimits{4, 2, 30min, 8h}};
  std::shared_ptr<Target> target;
  std::optional<std::chrono::seconds> idle;
};

using Reasons = std::vector<std::string>;

}  // namespace

TEST_CASE("A session opens through a role, and its opening is recorded") {
  Fixture f;
  auto session = f.open("a").value();
  CHECK(session->live());
  CHECK(session->roles() == Reasons{"tester"});
  CHECK(f.registry.find(session->id()) == session);
  auto opened = f.store.of_kind("open");
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].opened.principal.subject == "a");
}

TEST_CASE("Without a role no session opens, and the refusal is recorded") {
  Fixture f;
  auto refused = f.open("a", "strangers");
  CHECK(refused.error().code == ErrorCode::kDenied);
  CHECK(f.store.of_kind("open").empty());
  auto events = f.store.of_kind("event");
  REQUIRE(events.size() == 1);
  CHECK(events[0].event.type == "session.refused");
  CHECK(f.registry.size() == 0);
}

TEST_CASE("With the store down no session opens") {
  Fixture f;
  f.store.fail(true);
  CHECK(f.open("a").error().code == ErrorCode::kNotRecorded);
  CHECK(f.open("a", "strangers").error().code == ErrorCode::kNotRecorded);
  f.store.fail(false);
  CHECK(f.open("a").ok());
}

TEST_CASE("Sessions per subject and in all are limited at n and n+1") {
  Fixture f;
  auto first = f.open("a").value();
  CHECK(f.open("a").ok());
  CHECK(f.open("a").error().code == ErrorCode::kLimit);
  CHECK(f.open("b").ok());
  CHECK(f.open("b").ok());
  CHECK(f.open("c").error().code == ErrorCode::kLimit);
  CHECK(f.registry.end(first->id(), "killed"));
  CHECK(f.open("c").ok());
}

TEST_CASE("A session idle for its bound ends, unless something is attached") {
  Fixture f;
  f.idle = 5min;
  auto session = f.open("a").value();
  {
    auto attachment = Session::attach(session, f.loop.executor(), [] {});
    f.clock.advance(5min);
    f.registry.sweep();
    CHECK(session->live());
  }
  f.registry.sweep();
  CHECK_FALSE(session->live());
  CHECK(f.closed() == Reasons{"idle"});
  CHECK(f.registry.size() == 0);
}

TEST_CASE("A session ends when its credential is no longer accepted, also in mid-exchange") {
  Fixture f;
  auto session = f.open("a").value();
  auto attachment = Session::attach(session, f.loop.executor(), [] {});
  f.clock.advance(15min - 1us);
  f.registry.sweep();
  CHECK(session->live());
  f.clock.advance(1us);
  f.registry.sweep();
  CHECK(session->end_reason() == "expired");
}

TEST_CASE("A session ends at its greatest age whatever it does") {
  Fixture f;
  Principal p;
  p.issuer = "dev";
  p.subject = "a";
  p.expires_at = f.clock.wall() + 24h;
  auto session = f.loop.run(f.registry.open({p, f.target, "", "", {}})).value();
  f.clock.advance(8h - 1us);
  session->touch(f.clock.mono());
  f.registry.sweep();
  CHECK(session->live());
  f.clock.advance(1us);
  f.registry.sweep();
  CHECK(session->end_reason() == "max_age");
}

TEST_CASE("A wall clock set back does not prolong idleness, nor one set forward end it") {
  Fixture f;
  f.idle = 5min;
  auto session = f.open("a").value();
  f.clock.set_wall(f.clock.wall() - 1h);
  f.clock.advance(5min);
  f.registry.sweep();
  CHECK(session->end_reason() == "idle");
}

TEST_CASE(
    "Ending a session closes what is attached, on its own thread, and records the end after") {
  Fixture f;
  auto session = f.open("a").value();
  bool closed = false;
  {
    auto attachment = Session::attach(session, f.loop.executor(), [&] { closed = true; });
    CHECK(f.registry.end(session->id(), "killed"));
    CHECK_FALSE(closed);
    f.loop.turn();
    CHECK(closed);
    f.registry.sweep();
    CHECK(f.closed().empty());
  }
  f.registry.sweep();
  CHECK(f.closed() == Reasons{"killed"});
  CHECK_FALSE(f.registry.end(session->id(), "again"));
}

TEST_CASE("What attaches to a session that has ended is closed at once") {
  Fixture f;
  auto session = f.open("a").value();
  f.registry.end(session->id(), "killed");
  bool closed = false;
  auto attachment = Session::attach(session, f.loop.executor(), [&] { closed = true; });
  f.loop.turn();
  CHECK(closed);
}

TEST_CASE("An attachment that has gone is not called") {
  Fixture f;
  auto session = f.open("a").value();
  bool closed = false;
  {
    auto attachment = Session::attach(session, f.loop.executor(), [&] { closed = true; });
  }
  auto keep = Session::attach(session, f.loop.executor(), [] {});
  f.registry.end(session->id(), "killed");
  f.loop.turn();
  CHECK_FALSE(closed);
}

TEST_CASE("A drain ends every session and records each end once") {
  Fixture f;
  REQUIRE(f.open("a").ok());
  REQUIRE(f.open("b").ok());
  f.registry.end_all("shutdown");
  f.registry.sweep();
  CHECK(f.closed() == Reasons{"shutdown", "shutdown"});
  CHECK(f.registry.size() == 0);
}

TEST_CASE("A session id reads back as it was written, and nothing else reads") {
  SessionId id = SessionId::make(1'790'000'000'000);
  CHECK(SessionId::parse(id.to_string()).value() == id);
  CHECK(id.to_string().at(14) == '7');
  for (const char* bad :
       {"", "x", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5dxac96-774b-bcce-b302099a8057",
        "01890A5D-ac96-774b-bcce-b302099a8057"})
    CHECK_FALSE(SessionId::parse(bad).ok());
}

}  // namespace sallyport
