// Windows of the week in UTC.
#include "policy/time_window.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::policy {
namespace {

// Day 0 is a Monday.
WallTime at(int day, int hour, int minute) {
  return monday_noon() - std::chrono::hours(12) + std::chrono::days(day) +
         std::chrono::hours(hour) + std::chrono::minutes(minute);
}

bool open_at(std::string_view window, WallTime time) {
  const Result<TimeWindow> parsed = TimeWindow::parse(window);
  INFO(window);
  REQUIRE(parsed);
  return parsed->contains(minute_of_week(time));
}

TEST_CASE("Minutes of the week count from Monday in UTC, also before 1970") {
  CHECK(minute_of_week(at(0, 0, 0)) == 0);
  CHECK(minute_of_week(at(6, 23, 59)) == 7 * 24 * 60 - 1);
  CHECK(minute_of_week(at(7, 0, 1)) == 1);
  CHECK(minute_of_week(at(-7 * 5'000, 0, 1)) == 1);
  CHECK(describe_minute(minute_of_week(at(2, 8, 5))) == "Wed 08:05 UTC");
}

TEST_CASE("A window is open from its first minute until before its last") {
  const char* office = "Mon-Fri 08:00-18:00";
  CHECK_FALSE(open_at(office, at(0, 7, 59)));
  CHECK(open_at(office, at(0, 8, 0)));
  CHECK(open_at(office, at(4, 17, 59)));
  CHECK_FALSE(open_at(office, at(4, 18, 0)));
  CHECK_FALSE(open_at(office, at(5, 12, 0)));
}

TEST_CASE("Days or hours may stand alone") {
  CHECK(open_at("Sat,Sun", at(5, 0, 0)));
  CHECK(open_at("Sat,Sun UTC", at(6, 23, 59)));
  CHECK_FALSE(open_at("Sat,Sun", at(0, 0, 0)));
  CHECK(open_at("08:00-18:00", at(6, 9, 0)));
  CHECK(open_at("Wed", at(2, 9, 0)));
  CHECK(open_at("Mon 00:00-24:00", at(0, 23, 59)));
}

TEST_CASE("A window past midnight belongs to the day on which it began") {
  const char* night = "Mon-Fri 22:00-06:00";
  CHECK(open_at(night, at(0, 22, 0)));
  CHECK(open_at(night, at(1, 5, 59)));
  CHECK_FALSE(open_at(night, at(1, 6, 0)));
  CHECK_FALSE(open_at(night, at(0, 5, 0)));
  CHECK(open_at(night, at(5, 5, 0)));
  CHECK_FALSE(open_at(night, at(5, 22, 0)));
  CHECK(open_at("Sun 22:00-06:00", at(0, 5, 0)));
  CHECK(open_at("Fri-Mon", at(0, 5, 0)));
  CHECK_FALSE(open_at("Fri-Mon", at(2, 5, 0)));
  CHECK(open_at("Sun 22:00-00:00", at(6, 23, 0)));
  CHECK_FALSE(open_at("Sun 22:00-00:00", at(7, 0, 0)));
}

TEST_CASE("What is not a window is refused") {
  for (const char* text :
       {"", "UTC", "Mon-", "-Fri", "mon", "Monday", "8:00-18:00", "08:00", "08:00-08:00",
        "08:00-24:01", "24:00-08:00", "08:60-09:00", "Mon 08:00-18:00 CET", "08:00-18:00 Mon",
        "Mon Tue", "Mon,,Tue", "Mon 08:00-18:00 09:00-10:00", "08:00-18:00 UTC UTC"}) {
    INFO(text);
    CHECK_FALSE(TimeWindow::parse(text));
  }
}

TEST_CASE("A rule may test the time of the command") {
  const auto session =
      session_of("- {id: r, effect: allow, when: {time: ['Mon 08:00-18:00', 'Sun']}}\n", {"r"});
  CHECK(session->decide(get("/"), at(0, 9, 0)).verdict == Verdict::kAllow);
  CHECK(session->decide(get("/"), at(6, 9, 0)).verdict == Verdict::kAllow);
  CHECK(session->decide(get("/"), at(1, 9, 0)).verdict == Verdict::kDeny);
}

}  // namespace
}  // namespace sallyport::policy
