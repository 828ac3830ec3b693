// Values behind references: fetched once for all who wait, and never an older one in their place.
#include <catch2/catch.hpp>

#include "core/secrets/echo_guard.h"
#include "core/secrets/limits.h"
#include "core/secrets/secret_source.h"
#include "core/session.h"
#include "tests/core/temp_dir.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport::secrets {
namespace {

using test::FakeClock;
using test::FakeVault;
using test::Loop;
using test::MemoryRecorder;

config::SecretReference reference(const std::string& text) {
  config::Problems problems;
  const auto root = config::Document::parse("\"" + text + "\"", "x.yaml", problems);
  REQUIRE(root);
  auto read =
      config::SecretReference::read(*root, "/", problems, config::SecretReference::Check::kSyntax);
  INFO(problems.to_string());
  REQUIRE(read);
  return *read;
}

struct Fixture {
  FakeVault vault;
  FakeClock clock;
  TempDir dir;
  Loop loop;
  SecretSource source{vault, clock};

  // "GENERATION:VALUE", or the error's name.
  std::string get(const std::string& text) {
    auto held = loop.run(source.get(reference(text)));
    if (!held) return std::string(to_string(held.error().code));
    return std::to_string((*held)->id.generation) + ":" + std::string((*held)->value.view());
  }
};

TEST_CASE("A program runs once for all who want its secret at the same time") {
  Fixture f;
  f.dir.write("program", "#!/bin/sh\necho run >>" + f.dir.file("runs") + "\necho s3cret\n", 0700);
  const std::string text = "exec:" + f.dir.file("program");
  std::array<std::optional<Result<SharedSecret>>, 20> answers;
  for (auto& answer : answers) f.loop.start(f.source.get(reference(text)), answer);
  CHECK(f.get(text) == "1:s3cret");
  f.loop.turn();
  for (const auto& answer : answers) {
    REQUIRE(answer);
    REQUIRE(answer->ok());
    CHECK(answer->value()->value.view() == "s3cret");
  }
  CHECK(std::filesystem::file_size(f.dir.file("runs")) == 4);
}

TEST_CASE("A value is asked for again after its time, and only a new one counts as new") {
  Fixture f;
  const std::string text = "file:" + f.dir.write("token", "first\n");
  CHECK(f.get(text) == "1:first");
  f.dir.write("token", "second\n");
  f.clock.advance(kValueKept / 2);
  CHECK(f.get(text) == "1:first");
  f.clock.advance(kValueKept);
  CHECK(f.get(text) == "2:second");
  f.clock.advance(kValueKept);
  CHECK(f.get(text) == "2:second");
  f.dir.write("token", "first\n");
  f.clock.advance(kValueKept);
  CHECK(f.get(text) == "3:first");
}

TEST_CASE("What cannot be had is an error, whatever was there before") {
  Fixture f;
  const std::string text = "file:" + f.dir.write("token", "first\n");
  CHECK(f.get(text) == "1:first");
  f.clock.advance(kValueKept);
  f.dir.write("token", "open to all\n", 0644);
  CHECK(f.get(text) == "invalid");
  f.dir.write("token", "first\n", 0600);
  CHECK(f.get(text) == "invalid");
  f.clock.advance(kFailureKept);
  CHECK(f.get(text) == "1:first");
}

TEST_CASE("A sealed secret is opened each time") {
  Fixture f;
  CHECK(f.get("secret:crm") == "not_found");
  f.vault.set("crm", "first");
  CHECK(f.get("secret:crm") == "0:first");
  f.vault.set("crm", "second");
  auto held = f.loop.run(f.source.get(reference("secret:crm")));
  REQUIRE(held);
  CHECK((*held)->id == CredentialId{"secret:crm", 2, 0});
  f.vault.remove("crm");
  CHECK(f.get("secret:crm") == "not_found");
}

TEST_CASE("A session tells once which credential it uses, and all its commands wait for that") {
  FakeClock clock;
  MemoryRecorder recorder;
  Loop loop;
  auto target = std::make_shared<Target>();
  target->name = "crm";
  SessionOpened opened;
  opened.id = SessionId::make(1'790'000'000'000);
  auto policy = std::make_shared<test::FunctionPolicy>("p1", test::allow_all);
  Session session(opened.id, {}, target, "192.0.2.7:5000", policy, recorder.open_session(opened),
                  clock.wall());
  CredentialUse& use = session.credential_use();
  const CredentialId first{"secret:crm", 1, 0};
  recorder.hold(true);
  std::array<std::optional<Result<void>>, 3> told;
  for (auto& one : told) loop.start(use.tell(recorder, session, first, nullptr), one);
  loop.turn();
  for (const auto& one : told) CHECK_FALSE(one);
  recorder.hold(false);
  recorder.release();
  loop.turn();
  loop.turn();
  for (const auto& one : told) CHECK((one && one->ok()));
  CHECK(recorder.of_kind("event").size() == 1);
  CHECK(loop.run(use.tell(recorder, session, first, nullptr)).ok());
  CHECK(loop.run(use.tell(recorder, session, {"secret:crm", 2, 0}, nullptr)).ok());
  CHECK(recorder.of_kind("event").size() == 2);
  recorder.fail_events(true);
  CHECK_FALSE(loop.run(use.tell(recorder, session, {"secret:crm", 3, 0}, nullptr)).ok());
  recorder.fail_events(false);
  CHECK(loop.run(use.tell(recorder, session, {"secret:crm", 3, 0}, nullptr)).ok());
  CHECK(recorder.of_kind("event").size() == 3);
}

TEST_CASE("A value comes with its guard, which is made once") {
  Fixture f;
  f.vault.set("crm", "s3cret-value");
  const auto get = [&] { return f.loop.run(f.source.get(reference("secret:crm"))); };
  const auto first = get();
  REQUIRE(first);
  REQUIRE((*first)->guard);
  CHECK((*first)->guard->apply("it is s3cret%2Dvalue.") == "it is **************.");
  CHECK((*get())->guard == (*first)->guard);
  f.vault.set("crm", "another-value");
  CHECK((*get())->guard->apply("another-value") == "*************");
  f.vault.set("crm", "abc");
  CHECK((*get())->guard == nullptr);
}

TEST_CASE("A session keeps all the credentials it worked with from coming back") {
  FakeClock clock;
  MemoryRecorder recorder;
  Loop loop;
  SessionOpened opened;
  opened.id = SessionId::make(1'790'000'000'000);
  auto policy = std::make_shared<test::FunctionPolicy>("p1", test::allow_all);
  Session session(opened.id, {}, std::make_shared<Target>(), "192.0.2.7:5000", policy,
                  recorder.open_session(opened), clock.wall());
  CHECK(session.guard() == nullptr);
  const auto tell = [&](std::uint32_t version, std::string_view value) {
    CHECK(loop.run(session.credential_use().tell(recorder, session, {"secret:crm", version, 0},
                                                 make_echo_guard(value)))
              .ok());
  };
  tell(1, "first-value");
  CHECK(session.guard()->apply("first-value second-value") == "*********** second-value");
  tell(2, "second-value");
  CHECK(session.guard()->apply("first-value second-value") == "*********** ************");
  recorder.fail_events(true);
  CHECK_FALSE(loop.run(session.credential_use().tell(recorder, session, {"secret:crm", 3, 0},
                                                     make_echo_guard("third-value")))
                  .ok());
  CHECK(session.guard()->apply("third-value") == "***********");
}

}  // namespace
}  // namespace sallyport::secrets
