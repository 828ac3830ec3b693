#include <catch2/catch.hpp>

#include "core/identity/login_guard.h"

namespace sallyport::identity {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{1h};

Claimant agent(const std::string& subject, const std::string& address = "192.0.2.7") {
  return {address, "corp", subject};
}

// The n-th refusal in a row, of a credential that is not authentic.
LoginGuard::Refused fail(LoginGuard& guard, const Claimant& who, int times, MonoTime at = kStart) {
  LoginGuard::Refused last;
  for (int i = 0; i < times; ++i) last = guard.refused(who, true, at);
  return last;
}

}  // namespace

TEST_CASE("The first refusals are answered at once, later ones later and later up to a bound") {
  LoginGuard guard(LoginLimits{0, 0, 15min, 15min});
  std::vector<std::chrono::milliseconds> delays;
  for (int i = 0; i < 12; ++i) delays.push_back(guard.refused(agent("a"), true, kStart).delay);
  CHECK(delays == std::vector<std::chrono::milliseconds>{0ms, 0ms, 0ms, 100ms, 200ms, 400ms, 800ms,
                                                         1600ms, 3200ms, 4000ms, 4000ms, 4000ms});
  for (int i = 0; i < 5'000; ++i) CHECK(guard.refused(agent("a"), true, kStart).delay <= 4s);
}

TEST_CASE("An identity is locked at one address after its failures, and nowhere else") {
  LoginGuard guard(LoginLimits{20, 200, 15min, 15min});
  CHECK(fail(guard, agent("a"), 19).locked.empty());
  CHECK_FALSE(guard.locked(agent("a"), kStart));
  const auto last = fail(guard, agent("a"), 1);
  REQUIRE(last.locked.size() == 1);
  CHECK(last.locked[0].who.subject == "a");
  CHECK(last.locked[0].failures == 20);
  CHECK(guard.locked(agent("a"), kStart));
  CHECK_FALSE(guard.locked(agent("b"), kStart));
  CHECK_FALSE(guard.locked(agent("a", "192.0.2.8"), kStart));
  CHECK_FALSE(guard.locked({"192.0.2.7", "dev", "a"}, kStart));
  CHECK_FALSE(guard.address_locked("192.0.2.7", kStart));
}

TEST_CASE("An address is locked after the failures of all that try from it") {
  LoginGuard guard(LoginLimits{20, 30, 15min, 15min});
  for (int i = 0; i < 29; ++i) fail(guard, agent("s" + std::to_string(i)), 1);
  CHECK_FALSE(guard.address_locked("192.0.2.7", kStart));
  const auto last = fail(guard, {"192.0.2.7", "", ""}, 1);
  REQUIRE(last.locked.size() == 1);
  CHECK(last.locked[0].who.subject.empty());
  CHECK(guard.address_locked("192.0.2.7", kStart));
  CHECK(guard.locked(agent("anybody"), kStart));
  CHECK_FALSE(guard.locked(agent("anybody", "192.0.2.8"), kStart));
}

TEST_CASE("What does not count delays and never locks") {
  LoginGuard guard(LoginLimits{2, 2, 15min, 15min});
  for (int i = 0; i < 50; ++i) CHECK(guard.refused(agent("a"), false, kStart).locked.empty());
  CHECK(guard.refused(agent("a"), false, kStart).delay == 4s);
  CHECK_FALSE(guard.anybody_locked());
}

TEST_CASE("Failures of an earlier window are forgotten") {
  LoginGuard guard(LoginLimits{3, 0, 10min, 15min});
  fail(guard, agent("a"), 2, kStart);
  CHECK(fail(guard, agent("a"), 2, kStart + 10min).locked.empty());
  CHECK(fail(guard, agent("a"), 1, kStart + 20min - 1s).locked.size() == 1);
}

TEST_CASE("An accepted login forgets the identity's failures, and not those of the address") {
  LoginGuard guard(LoginLimits{3, 5, 10min, 15min});
  fail(guard, agent("a"), 2);
  guard.accepted(agent("a"));
  CHECK(fail(guard, agent("a"), 2).locked.empty());
  guard.accepted(agent("a"));
  const auto last = fail(guard, agent("a"), 1);
  REQUIRE(last.locked.size() == 1);
  CHECK(last.locked[0].who.subject.empty());
}

TEST_CASE("A lock ends by its time, once, and the count begins anew") {
  LoginGuard guard(LoginLimits{3, 0, 1h, 15min});
  fail(guard, agent("a"), 3);
  CHECK(guard.expire(kStart + 15min - 1ms).empty());
  CHECK(guard.locked(agent("a"), kStart + 15min - 1ms));
  CHECK_FALSE(guard.locked(agent("a"), kStart + 15min));
  CHECK(guard.expire(kStart + 15min).size() == 1);
  CHECK(guard.expire(kStart + 15min).empty());
  CHECK_FALSE(guard.anybody_locked());
  CHECK(fail(guard, agent("a"), 2, kStart + 15min).locked.empty());
}

TEST_CASE("A person ends the locks of a subject everywhere, or all at an address") {
  LoginGuard guard(LoginLimits{1, 0, 1h, 15min});
  fail(guard, agent("a"), 1);
  fail(guard, agent("a", "192.0.2.8"), 1);
  fail(guard, agent("b"), 1);
  CHECK(guard.locks().size() == 3);
  CHECK(guard.unlock_subject("").empty());
  CHECK(guard.unlock_subject("a").size() == 2);
  CHECK_FALSE(guard.locked(agent("a"), kStart));
  CHECK(guard.locked(agent("b"), kStart));
  CHECK(guard.unlock_address("192.0.2.7").size() == 1);
  CHECK_FALSE(guard.anybody_locked());
}

TEST_CASE("Both locks can be off, each by itself") {
  LoginGuard off(LoginLimits{0, 0, 1h, 15min});
  CHECK(fail(off, agent("a"), 1'000).locked.empty());
  LoginGuard identity(LoginLimits{5, 0, 1h, 15min});
  CHECK(fail(identity, agent("a"), 5).locked.size() == 1);
  CHECK_FALSE(identity.address_locked("192.0.2.7", kStart));
}

TEST_CASE("The tables are bounded: the longest unused count goes, locks stay") {
  LoginGuard guard(LoginLimits{3, 0, 1h, 15min}, 4);
  fail(guard, agent("locked"), 3);
  fail(guard, agent("a"), 2);
  for (int i = 0; i < 100; ++i) fail(guard, agent("s" + std::to_string(i), "198.51.100.1"), 1);
  CHECK(fail(guard, agent("a"), 1).locked.empty());
  CHECK(guard.locked(agent("locked"), kStart));
  for (int i = 0; i < 100; ++i) fail(guard, agent("t" + std::to_string(i), "198.51.100.1"), 3);
  CHECK(guard.locks().size() == 4);
}

TEST_CASE("New limits hold from the next failure on") {
  LoginGuard guard(LoginLimits{10, 0, 1h, 15min});
  fail(guard, agent("a"), 4);
  guard.set_limits(LoginLimits{5, 0, 1h, 15min});
  CHECK(fail(guard, agent("a"), 1).locked.size() == 1);
}

}  // namespace sallyport::identity
