#include "protocols/http/session_table.h"

#include <catch2/catch.hpp>

#include "core/metrics.h"
#include "protocols/http/serve_limits.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport::http {
namespace {

using Opened = Result<std::shared_ptr<Session>>;

struct Table {
  test::FakeClock clock;
  test::MemoryRecorder recorder;
  test::FakePolicySource policy{test::allow_all};
  SessionRegistry registry{recorder, policy, clock, SessionLimits()};
  std::unique_ptr<identity::Authenticator> authenticator =
      identity::Authenticator::make({}, clock).value();
  Metrics metrics;
  identity::AccessBook access;
  identity::TicketBook tickets{recorder, clock};
  identity::Logins logins{*authenticator, access, tickets, recorder, metrics, clock, LoginLimits()};
  SessionTable table{registry, logins};
  test::Loop loop;

  SessionRequest request(const std::string& subject, const std::string& credential = "c1") {
    auto target = std::make_shared<Target>();
    target->name = "crm";
    target->protocol = "http";
    SessionRequest out;
    out.principal.issuer = "corp";
    out.principal.subject = subject;
    out.principal.credential_id = credential;
    out.principal.expires_at = clock.wall() + std::chrono::hours(1);
    out.target = target;
    return out;
  }
  Opened open(SessionRequest request) { return loop.run(table.find_or_open(std::move(request))); }
};

}  // namespace

TEST_CASE("one identity with one credential has one session, and any difference is another") {
  Table t;
  const Opened first = t.open(t.request("a"));
  REQUIRE(first.ok());
  CHECK(*t.open(t.request("a")) == *first);
  CHECK(*t.open(t.request("b")) != *first);
  CHECK(*t.open(t.request("a", "c2")) != *first);
  SessionRequest delegated = t.request("a");
  delegated.principal.actors = {"robot"};
  CHECK(*t.open(delegated) != *first);
  CHECK(t.recorder.of_kind("open").size() == 4);
  CHECK(t.recorder.of_kind("login").size() == 4);
}

TEST_CASE("a session ends five minutes after its last request, and is replaced") {
  Table t;
  const Opened first = t.open(t.request("a"));
  t.clock.advance(kSessionIdle - std::chrono::seconds(1));
  t.registry.sweep();
  CHECK(*t.open(t.request("a")) == *first);
  t.clock.advance(std::chrono::seconds(1));
  t.registry.sweep();
  CHECK_FALSE((*first)->live());
  const Opened next = t.open(t.request("a"));
  REQUIRE(next.ok());
  CHECK(*next != *first);
}

TEST_CASE("requests at the same time wait for one opening, and share how it ends") {
  Table t;
  t.recorder.hold(true);
  SessionRequest request = t.request("a");
  request.principal.groups = {"strangers"};
  std::optional<Opened> one;
  std::optional<Opened> two;
  t.loop.start(t.table.find_or_open(request), one);
  t.loop.start(t.table.find_or_open(request), two);
  t.loop.turn();
  CHECK(t.recorder.of_kind("event").size() == 1);
  t.recorder.hold(false);
  t.recorder.release();
  while (!one || !two) t.loop.turn();
  CHECK(one->error().code == ErrorCode::kDenied);
  CHECK(two->error().code == ErrorCode::kDenied);
}

TEST_CASE("ended sessions do not stay in the table for ever") {
  Table t;
  std::weak_ptr<Session> first;
  {
    const Opened opened = t.open(t.request("a", "c0"));
    first = *opened;
    t.registry.end((*opened)->id(), "killed");
    t.registry.sweep();
  }
  for (int i = 0; i < 5000 && !first.expired(); ++i) {
    const Opened opened = t.open(t.request("a", "c" + std::to_string(i + 1)));
    REQUIRE(opened.ok());
    t.registry.end((*opened)->id(), "killed");
    t.registry.sweep();
  }
  CHECK(first.expired());
}

}  // namespace sallyport::http
