// Windows of the week for `time` tests: "Mon-Fri 08:00-18:00". All in UTC. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace sallyport::policy {

// Minutes since Monday 00:00 UTC, 0 … 10,079.
int minute_of_week(WallTime time);

// "Mon 08:05 UTC".
std::string describe_minute(int minute_of_week);

// The minutes of a week in which a window is open, as half-open intervals.
class TimeWindow {
 public:
  // "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00", "Fri-Mon 00:00-24:00"; days first, either part
  // alone, "UTC" may follow. A span that ends before it begins runs past midnight and belongs to
  // the day on which it began. Both ends the same is an error: it could mean nothing or a whole
  // day.
  static Result<TimeWindow> parse(std::string_view text);

  bool contains(int minute) const;

 private:
  struct Interval {
    int from = 0;
    int to = 0;
  };
  std::vector<Interval> open_;
};

}  // namespace sallyport::policy
