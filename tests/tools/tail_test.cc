#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"
#include "tools/admin/limits.h"
#include "tools/admin/tail_hub.h"
#include "tools/admin/tee_recorder.h"

namespace sallyport::admin {
namespace {

using Lines = std::vector<TailHub::Line>;

SessionOpened opened() {
  SessionOpened out;
  out.id = SessionId::make(1);
  out.principal.subject = "agent-1";
  out.target = "crm";
  out.protocol = "http";
  return out;
}

}  // namespace

TEST_CASE("A follower gets lines in order, also those that come while it waits") {
  test::Loop loop;
  TailHub hub;
  TailHub::Subscription follower(hub);
  hub.publish("one");
  hub.publish("two");
  Lines first = loop.run(follower.next());
  REQUIRE(first.size() == 2);
  CHECK(*first[0] == "one");
  std::optional<Lines> later;
  loop.start(follower.next(), later);
  loop.turn();
  CHECK_FALSE(later);
  hub.publish("three");
  loop.turn();
  REQUIRE(later);
  CHECK(*later->at(0) == "three");
}

TEST_CASE("A follower that does not read is dropped with a notice and holds up nobody") {
  test::Loop loop;
  TailHub hub;
  TailHub::Subscription slow(hub);
  TailHub::Subscription quick(hub);
  for (std::size_t i = 0; i <= kTailQueueLines; ++i) {
    hub.publish("line");
    CHECK(loop.run(quick.next()).size() == 1);
  }
  CHECK(loop.run(slow.next()).empty());
  CHECK(slow.why().find("too slow") != std::string::npos);
  CHECK(quick.why().empty());
}

TEST_CASE("Closing the hub ends who follows and who comes later") {
  test::Loop loop;
  TailHub hub;
  TailHub::Subscription before(hub);
  hub.close("the broker stops");
  TailHub::Subscription after(hub);
  CHECK(loop.run(before.next()).empty());
  CHECK(loop.run(after.next()).empty());
  CHECK(after.why() == "the broker stops");
}

TEST_CASE("Every intent and outcome is told to the store and to the tail") {
  test::Loop loop;
  test::FakeClock clock;
  test::MemoryRecorder store;
  TailHub hub;
  TeeRecorder tee(store, hub, clock);
  TailHub::Subscription follower(hub);
  auto recording = tee.open_session(opened());
  Command command;
  command.actions = {Action::kDelete};
  command.objects = {{"path", "/v1/orders/7"}};
  command.text = "DELETE /v1/orders/7";
  recording->intent(CommandSeq{1}, command, {Verdict::kDeny, "no-delete", "Never.", "p", {}});
  Outcome outcome;
  outcome.status = "200";
  recording->outcome(CommandSeq{2}, outcome);
  recording->close({"killed", 1, 2});
  CHECK(store.of_kind("intent").size() == 1);
  CHECK(store.of_kind("outcome").size() == 1);
  CHECK(store.of_kind("close").size() == 1);
  Lines lines = loop.run(follower.next());
  REQUIRE(lines.size() == 4);
  auto json = nlohmann::json::parse(*lines[1]);
  CHECK(json["kind"] == "command");
  CHECK(json["subject"] == "agent-1");
  CHECK(json["decision"] == "deny");
  CHECK(json["rule"] == "no-delete");
  CHECK(json["action"] == nlohmann::json::parse(R"(["delete"])"));
  CHECK(nlohmann::json::parse(*lines[2])["status"] == "200");
  CHECK(nlohmann::json::parse(*lines[3])["end_reason"] == "killed");
}

TEST_CASE("With nobody following, the store is told the same") {
  test::FakeClock clock;
  test::MemoryRecorder store;
  TailHub hub;
  TeeRecorder tee(store, hub, clock);
  tee.open_session(opened())->close({"idle", 0, 0});
  store.fail(true);
  CHECK(tee.healthy() == store.healthy());
  CHECK(store.of_kind("open").size() == 1);
  CHECK(store.of_kind("close").size() == 1);
}

}  // namespace sallyport::admin
