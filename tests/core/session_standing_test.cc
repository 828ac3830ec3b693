// Sessions whose identity lost what they rest on, and what becomes of them.
#include <catch2/catch.hpp>

#include "core/session.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

// Says what the test says of each subject.
class FakeStanding final : public Standing {
 public:
  std::uint64_t version() const override { return version_; }
  std::optional<Loss> lost(Session& session) const override {
    ++asked;
    const auto found = losses_.find(session.principal().subject);
    return found == losses_.end() ? std::nullopt : std::optional<Loss>(found->second);
  }
  void lose(const std::string& subject, Loss loss) {
    losses_[subject] = std::move(loss);
    ++version_;
  }
  mutable int asked = 0;

 private:
  std::map<std::string, Loss> losses_;
  std::uint64_t version_ = 1;
};

struct Fixture {
  explicit Fixture(TokenEnd when = TokenEnd::kEnd)
      : registry(store, policies, clock, SessionLimits{100, 100, 30min, 8h, when}) {
    target->name = "crm";
    target->protocol = "http";
  }
  std::shared_ptr<Session> open(const std::string& subject) {
    Principal p;
    p.issuer = "dev";
    p.subject = subject;
    p.expires_at = clock.wall() + 15min;
    return loop.run(registry.open({p, target, "127.0.0.1:5", "", {}})).value();
  }
  Session::Attachment attach(const std::shared_ptr<Session>& session) {
    return Session::attach(session, loop.executor(), [] {});
  }
  std::size_t events(const std::string& type) const {
    std::size_t n = 0;
    for (const auto& record : store.of_kind("event")) n += record.event.type == type;
    return n;
  }

  test::FakeClock clock;
  test::MemoryRecorder store;
  test::FakePolicySource policies{test::allow_all};
  test::Loop loop;
  std::shared_ptr<Target> target = std::make_shared<Target>();
  SessionRegistry registry;
  FakeStanding standing;
};

}  // namespace

TEST_CASE("A session whose identity lost its standing ends at the next sweep, and only that") {
  Fixture f;
  auto a = f.open("a");
  auto b = f.open("b");
  auto attachment = f.attach(a);
  f.registry.sweep(&f.standing);
  CHECK(a->live());
  f.standing.lose("a", {"disabled", false});
  f.registry.sweep(&f.standing);
  CHECK(a->end_reason() == "disabled");
  CHECK(b->live());
}

TEST_CASE("A session is judged once in a version, and when it is new") {
  Fixture f;
  auto a = f.open("a");
  for (int i = 0; i < 5; ++i) f.registry.sweep(&f.standing);
  CHECK(f.standing.asked == 1);
  // The identity was verified before the loss, its session opened after it.
  f.standing.lose("late", {"disabled", false});
  f.registry.sweep(&f.standing);
  CHECK(f.standing.asked == 2);
  auto late = f.open("late");
  f.registry.sweep(&f.standing);
  CHECK(late->end_reason() == "disabled");
}

TEST_CASE("Under `finish` what is in flight outlives its token, on the record, and then ends") {
  Fixture f(TokenEnd::kFinish);
  auto idle = f.open("idle");
  auto busy = f.open("busy");
  {
    auto attachment = f.attach(busy);
    f.clock.advance(15min);
    f.registry.sweep(&f.standing);
    f.registry.sweep(&f.standing);
    CHECK(idle->end_reason() == "expired");
    CHECK(busy->live());
    CHECK(f.events("session.outlived_token") == 1);
  }
  f.registry.sweep(&f.standing);
  CHECK(busy->end_reason() == "expired");
}

TEST_CASE("Under `finish` a withdrawn key lets finish what is in flight, a disabled identity not") {
  Fixture f(TokenEnd::kFinish);
  auto a = f.open("a");
  auto attachment = f.attach(a);
  f.standing.lose("a", {"key_withdrawn", true});
  f.registry.sweep(&f.standing);
  CHECK(a->live());
  CHECK(f.events("session.outlived_token") == 1);
  f.standing.lose("a", {"disabled", false});
  f.registry.sweep(&f.standing);
  CHECK(a->end_reason() == "disabled");
}

TEST_CASE("Under `finish` the session's greatest age still holds") {
  Fixture f(TokenEnd::kFinish);
  auto a = f.open("a");
  auto attachment = f.attach(a);
  f.clock.advance(8h);
  f.registry.sweep(&f.standing);
  CHECK(a->end_reason() == "max_age");
}

TEST_CASE("A target's own limits come in place of the deployment's") {
  Fixture f;
  f.target->limits = {10min, 12min};
  auto idle = f.open("a");
  auto busy = f.open("b");
  auto attachment = f.attach(busy);
  f.clock.advance(10min);
  f.registry.sweep();
  CHECK(idle->end_reason() == "idle");
  CHECK(busy->live());
  f.clock.advance(2min);
  f.registry.sweep();
  CHECK(busy->end_reason() == "max_age");
}

TEST_CASE("A session that leaves a transaction open is idle for less long") {
  Fixture f;
  auto plain = f.open("a");
  auto open = f.open("b");
  auto working = f.open("c");
  auto attachment = f.attach(working);
  open->set_in_transaction(true);
  working->set_in_transaction(true);
  f.clock.advance(10min - 1s);
  f.registry.sweep();
  CHECK(open->live());
  f.clock.advance(1s);
  f.registry.sweep();
  CHECK(open->end_reason() == "idle_in_transaction");
  CHECK(plain->live());
  CHECK(working->live());
  f.target->limits.idle_in_transaction = 1s;
  attachment.rest(true);
  working->touch(f.clock.mono());
  f.clock.advance(1s);
  f.registry.sweep();
  CHECK(working->end_reason() == "idle_in_transaction");
}

TEST_CASE("The opening of a session records what gave it its roles") {
  Fixture f;
  auto a = f.open("a");
  REQUIRE(f.events("authz.resolved") == 1);
  const auto events = f.store.of_kind("event");
  const auto& fields = events.front().event.fields;
  CHECK(fields.front() == std::pair<std::string, std::string>("session", a->id().to_string()));
  CHECK(fields.back() == std::pair<std::string, std::string>("role:tester", "subject a"));
  for (const auto& field : fields) CHECK(field.first != "masks");
}

TEST_CASE("The opening of a session records what it masks") {
  Fixture f;
  Masks masks;
  masks.names = {"card", "ssn:hash"};
  f.policies.replace("p2", test::allow_all, std::move(masks));
  f.open("a");
  REQUIRE(f.events("authz.resolved") == 1);
  const auto events = f.store.of_kind("event");
  const auto& fields = events.front().event.fields;
  const std::pair<std::string, std::string> wanted("masks", "card, ssn:hash");
  CHECK(std::find(fields.begin(), fields.end(), wanted) != fields.end());
}

}  // namespace sallyport
