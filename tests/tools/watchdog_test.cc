#include "tools/broker/watchdog.h"

#include <catch2/catch.hpp>

#include "core/limits.h"

namespace sallyport::broker {

TEST_CASE("A thread that stands still is reported once, and again when it turns") {
  std::vector<std::uint64_t> counts = {1, 1};
  Watchdog dog(2, [&](unsigned thread) { return counts[thread]; });
  MonoTime start{std::chrono::hours(1)};
  CHECK(dog.check(start).empty());
  counts[0] = 2;
  CHECK(dog.check(start + kStuckThread - std::chrono::milliseconds(1)).empty());
  auto found = dog.check(start + kStuckThread);
  REQUIRE(found.size() == 1);
  CHECK(found[0].thread == 1);
  CHECK(found[0].stuck);
  CHECK(dog.any_stuck());
  CHECK(dog.check(start + kStuckThread + std::chrono::seconds(1)).empty());
  counts = {3, 2};
  found = dog.check(start + kStuckThread + std::chrono::seconds(2));
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].stuck);
  CHECK_FALSE(dog.any_stuck());
}

}  // namespace sallyport::broker
