#include "core/command.h"

#include <catch2/catch.hpp>

#include "core/clock.h"

namespace sallyport {

TEST_CASE("Every action has one name that reads back") {
  for (Action a : kAllActions) CHECK(parse_action(to_string(a)) == a);
  CHECK_FALSE(parse_action("Read"));
  CHECK_FALSE(parse_action(""));
}

TEST_CASE("A set of actions is within another when each of its members is") {
  ActionSet set{Action::kRead, Action::kWrite};
  CHECK(set.within({Action::kWrite, Action::kRead, Action::kDelete}));
  CHECK_FALSE(set.within({Action::kRead}));
  CHECK(ActionSet{}.within({}));
  CHECK(set.names() == std::vector<std::string_view>{"read", "write"});
}

TEST_CASE("Times are written in UTC with milliseconds, cut and not rounded") {
  using namespace std::chrono;
  WallTime t =
      sys_days{year{2026} / 11 / 3} + hours(4) + minutes(5) + seconds(6) + microseconds(789'999);
  CHECK(iso8601(t) == "2026-11-03T04:05:06.789Z");
  CHECK(iso8601(WallTime{microseconds(-1)}) == "1969-12-31T23:59:59.999Z");
}

}  // namespace sallyport
