#include "core/gate.h"

#include <catch2/catch.hpp>
#include <type_traits>

#include "core/limits.h"
#include "core/upstream.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport {
namespace {

using test::allow_all;
using test::deny_all;

// A gate with one open session on a target of the test's choosing.
struct Fixture {
  explicit Fixture(test::DecideFunction decide, Durability durability = Durability::kWriteAhead)
      : policies(std::move(decide)) {
    auto target = std::make_shared<Target>();
    target->name = "crm";
    target->protocol = "http";
    target->audit.durability = durability;
    SessionRequest request{principal(), target, "127.0.0.1:5", "", {}};
    session = loop.run(registry.open(request)).value();
  }

  Principal principal() const {
    Principal p;
    p.issuer = "dev";
    p.subject = "agent-7";
    p.expires_at = clock.wall() + std::chrono::minutes(15);
    return p;
  }

  Admission admit(std::vector<Command> unit) {
    return loop.run(gate.admit(session, std::move(unit)));
  }

  test::FakeClock clock;
  test::MemoryRecorder store;
  test::FakePolicySource policies;
  test::Loop loop;
  SessionRegistry registry{store, policies, clock, SessionLimits{}};
  Gate gate{policies, clock};
  std::shared_ptr<Session> session;
};

Command command(std::string text, ActionSet actions = {Action::kRead}) {
  Command c;
  c.actions = actions;
  c.text = std::move(text);
  return c;
}

Decision deny_deletes(const Command& c) {
  if (c.actions.has(Action::kDelete)) return {Verdict::kDeny, "no-delete", "Keep it.", "", {}};
  return allow_all(c);
}

}  // namespace

// Invariant 1, by type: nothing but the gate makes a permit, and nothing is sent without one.
static_assert(!std::is_default_constructible_v<Permit>);
static_assert(!std::is_copy_constructible_v<Permit>);
static_assert(!std::is_constructible_v<Permit, std::shared_ptr<Session>, CommandSeq, Pending>);
static_assert(!std::is_default_constructible_v<StreamPermit>);
static_assert(!std::is_copy_constructible_v<StreamPermit>);
static_assert(!std::is_constructible_v<StreamPermit, std::shared_ptr<Session>>);
template <class U>
concept SendsBare = requires(U& u, std::span<const std::span<const std::byte>> parts) {
  u.send(parts);
}
|| requires(U& u, std::span<const std::span<const std::byte>> parts) { u.write(parts); };
static_assert(!SendsBare<Upstream>);

TEST_CASE("An allowed command gets a permit after its intent is recorded") {
  Fixture f(allow_all);
  Admission admission = f.admit({command("GET /a")});
  auto& permits = std::get<std::vector<Permit>>(admission);
  REQUIRE(permits.size() == 1);
  CHECK(to_number(permits[0].seq()) == 1);
  auto intents = f.store.of_kind("intent");
  REQUIRE(intents.size() == 1);
  CHECK(intents[0].command.text == "GET /a");
  CHECK(intents[0].decision.policy_id == "policy-1");
}

TEST_CASE("Invariant 1: a denied command yields no permit") {
  Fixture f(deny_all);
  Admission admission = f.admit({command("GET /a")});
  REQUIRE(std::holds_alternative<Refusal>(admission));
  const Refusal& refusal = std::get<Refusal>(admission);
  CHECK(refusal.code == "denied");
  CHECK(refusal.rule == "none");
  REQUIRE(refusal.event);
  CHECK(f.store.records().at(to_number(*refusal.event)).kind == "intent");
  CHECK(f.store.of_kind("outcome").empty());
  CHECK(f.session->denied() == 1);
}

TEST_CASE("Invariant 2: the intent is durable before a permit exists") {
  Fixture f(allow_all);
  f.store.hold(true);
  std::optional<Admission> admission;
  f.loop.start(f.gate.admit(f.session, {command("GET /a")}), admission);
  f.loop.turn();
  REQUIRE_FALSE(admission);
  f.store.release();
  f.loop.turn();
  REQUIRE(admission);
  CHECK(std::holds_alternative<std::vector<Permit>>(*admission));
}

TEST_CASE("Invariant 2: a denial is durable before it is answered") {
  Fixture f(deny_all);
  f.store.hold(true);
  std::optional<Admission> admission;
  f.loop.start(f.gate.admit(f.session, {command("GET /a")}), admission);
  f.loop.turn();
  REQUIRE_FALSE(admission);
  f.store.release();
  f.loop.turn();
  REQUIRE(admission);
}

TEST_CASE("Invariant 2: a store that cannot record means no permit and a clear refusal") {
  Fixture f(allow_all);
  f.store.fail(true);
  Admission admission = f.admit({command("GET /a")});
  const Refusal& refusal = std::get<Refusal>(admission);
  CHECK(refusal.code == "not_recorded");
  CHECK(refusal.retryable);
  CHECK_FALSE(refusal.event);
}

TEST_CASE("A store that cannot record a denial answers that, not the denial") {
  Fixture f(deny_all);
  f.store.fail(true);
  Admission admission = f.admit({command("GET /a")});
  CHECK(std::get<Refusal>(admission).code == "not_recorded");
}

TEST_CASE("Overlapped: a read may be sent while its intent is on the way, and its answer waits") {
  Fixture f(allow_all, Durability::kOverlapped);
  f.store.hold(true);
  Admission admission = f.admit({command("GET /a")});
  auto& permit = std::get<std::vector<Permit>>(admission).front();
  std::optional<Result<EventNumber>> durable;
  f.loop.start(permit.durable(), durable);
  f.loop.turn();
  CHECK_FALSE(durable);
  f.store.release();
  f.loop.turn();
  REQUIRE(durable);
  CHECK(durable->ok());
  f.store.hold(false);
}

TEST_CASE("Overlapped: a write is durable before it is sent all the same") {
  Fixture f(allow_all, Durability::kOverlapped);
  f.store.hold(true);
  std::optional<Admission> admission;
  f.loop.start(f.gate.admit(f.session, {command("POST /a", {Action::kRead, Action::kWrite})}),
               admission);
  f.loop.turn();
  CHECK_FALSE(admission);
  f.store.release();
  f.loop.turn();
  CHECK(admission);
}

TEST_CASE("Overlapped: with the store down nothing is sent on credit") {
  Fixture f(allow_all, Durability::kOverlapped);
  f.store.fail(true);
  Admission admission = f.admit({command("GET /a")});
  CHECK(std::get<Refusal>(admission).code == "not_recorded");
}

TEST_CASE("One denied command refuses its whole unit, and its siblings carry its rule") {
  Fixture f(deny_deletes);
  Admission admission =
      f.admit({command("GET /a"), command("DELETE /a", {Action::kDelete}), command("GET /b")});
  CHECK(std::get<Refusal>(admission).rule == "no-delete");
  auto intents = f.store.of_kind("intent");
  REQUIRE(intents.size() == 3);
  for (const auto& intent : intents) {
    CHECK(intent.decision.verdict == Verdict::kDeny);
    CHECK(intent.decision.rule == "no-delete");
  }
  CHECK(to_number(*std::get<Refusal>(admission).event) == to_number(EventNumber{3}));
}

TEST_CASE("A verdict the gate cannot carry out yet is not an allow") {
  Fixture f([](const Command&) { return Decision{Verdict::kApprove, "ask", "", "", {}}; });
  Admission admission = f.admit({command("GET /a")});
  CHECK(std::get<Refusal>(admission).code == "denied");
}

TEST_CASE("Units at the limit pass and one more is refused") {
  Fixture f(allow_all);
  Admission most = f.admit(std::vector<Command>(kUnitCommands, command("GET /a")));
  CHECK(std::holds_alternative<std::vector<Permit>>(most));
  Admission more = f.admit(std::vector<Command>(kUnitCommands + 1, command("GET /a")));
  CHECK(std::get<Refusal>(more).code == "limit");
}

TEST_CASE("A session that ended while its intent was on the way sends nothing") {
  Fixture f(allow_all);
  auto attachment = Session::attach(f.session, f.loop.executor(), [] {});
  f.store.hold(true);
  std::optional<Admission> admission;
  f.loop.start(f.gate.admit(f.session, {command("GET /a")}), admission);
  f.loop.turn();
  REQUIRE(f.registry.end(f.session->id(), "killed"));
  f.store.hold(false);
  f.store.release();
  f.loop.turn();
  REQUIRE(admission);
  CHECK(std::holds_alternative<Refusal>(*admission));
  auto outcomes = f.store.of_kind("outcome");
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].outcome.completion == Completion::kAborted);
}

TEST_CASE("A policy that was replaced judges the next command of a running session") {
  Fixture f(allow_all);
  CHECK(std::holds_alternative<std::vector<Permit>>(f.admit({command("GET /a")})));
  f.policies.replace("policy-2", deny_all);
  CHECK(std::holds_alternative<Refusal>(f.admit({command("GET /a")})));
  auto intents = f.store.of_kind("intent");
  CHECK(intents.at(0).decision.policy_id == "policy-1");
  CHECK(intents.at(1).decision.policy_id == "policy-2");
}

TEST_CASE("A permit that is dropped records its command as aborted") {
  Fixture f(allow_all);
  { Admission dropped = f.admit({command("GET /a")}); }
  auto outcomes = f.store.of_kind("outcome");
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].outcome.completion == Completion::kAborted);
}

TEST_CASE("A stream permit is revoked by the end of its session and by a dead store") {
  Fixture f(allow_all);
  Admission admission = f.admit({command("POST /a", {Action::kWrite})});
  StreamPermit stream = std::get<std::vector<Permit>>(admission).front().open_stream();
  CHECK(stream.check().ok());
  f.store.fail(true);
  CHECK(stream.check().error().code == ErrorCode::kNotRecorded);
  f.store.fail(false);
  f.registry.end(f.session->id(), "killed");
  CHECK(stream.check().error().code == ErrorCode::kRevoked);
}

TEST_CASE("A refusal is told in the same JSON object on every protocol") {
  Refusal refusal;
  refusal.code = "denied";
  refusal.message = "Denied by rule \"x\"";
  refusal.rule = "x";
  refusal.session = "s";
  refusal.event = EventNumber{7};
  CHECK(refusal.to_json() ==
        R"({"code":"denied","message":"Denied by rule \"x\"","rule":"x","reason":null,)"
        R"("retryable":false,"approval":null,"session":"s","event":7})");
}

}  // namespace sallyport
