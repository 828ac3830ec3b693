#include <catch2/catch.hpp>

#include "core/identity/limits.h"
#include "core/identity/refresh_schedule.h"

namespace sallyport::identity {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr RefreshSchedule::Time kStart{hours(5)};

RefreshSchedule schedule(seconds refresh = hours(1), seconds keep = hours(24)) {
  config::Issuer issuer;
  issuer.refresh_keys = refresh;
  issuer.keep_keys = keep;
  return RefreshSchedule(issuer);
}

// How long after a success the next fetch starts.
milliseconds after(std::optional<seconds> fresh_for, seconds refresh = hours(1)) {
  RefreshSchedule one = schedule(refresh);
  one.succeeded(kStart, fresh_for);
  return std::chrono::duration_cast<milliseconds>(one.due() - kStart);
}

TEST_CASE("The first fetch is due at once, and there are no keys to lapse") {
  const RefreshSchedule one = schedule();
  CHECK(one.due() <= RefreshSchedule::Time{});
  CHECK_FALSE(one.lapse());
  CHECK_FALSE(one.failing());
}

TEST_CASE("Keys are fetched again before the answer's freshness ends, within bounds") {
  CHECK(after(minutes(20)) == minutes(15));
  CHECK(after(std::nullopt) == kRefreshInterval * 3 / 4);
  CHECK(after(seconds(0)) == kLeastRefresh * 3 / 4);
  CHECK(after(hours(6)) == minutes(45));
  CHECK(after(hours(6), seconds(4)) == seconds(3));
  CHECK(after(seconds(0), seconds(4)) == seconds(3));
  CHECK(after(std::nullopt, seconds(4)) == seconds(3));
}

TEST_CASE("Retries are further and further apart, up to a bound, less a part by chance") {
  RefreshSchedule one = schedule();
  seconds expected{1};
  for (int i = 0; i < 10; ++i) {
    one.failed(kStart, 0);
    CHECK(one.failing());
    CHECK(one.due() - kStart == std::min(expected, kMostRetry));
    expected *= 2;
  }
  one.failed(kStart, 1);
  CHECK(one.due() - kStart == kMostRetry / 2);
  one.succeeded(kStart, std::nullopt);
  CHECK_FALSE(one.failing());
  one.failed(kStart, 0);
  CHECK(one.due() - kStart == kFirstRetry);
}

TEST_CASE("Keys lapse after the last success, whatever fails in between") {
  RefreshSchedule one = schedule(minutes(1), minutes(30));
  one.failed(kStart, 0);
  CHECK_FALSE(one.lapse());
  one.succeeded(kStart, std::nullopt);
  one.failed(kStart + minutes(10), 0);
  CHECK(one.lapse() == kStart + minutes(30));
  one.succeeded(kStart + minutes(40), std::nullopt);
  CHECK(one.lapse() == kStart + minutes(70));
}

TEST_CASE("Unknown key ids cause one fetch in their interval") {
  RefreshSchedule one = schedule();
  one.succeeded(kStart, hours(1));
  CHECK(one.want(kStart + seconds(1)));
  CHECK(one.due() == kStart + seconds(1));
  one.started(kStart + seconds(1));
  one.succeeded(kStart + seconds(2), hours(1));
  for (int i = 3; i < 31; ++i) CHECK_FALSE(one.want(kStart + seconds(i)));
  CHECK(one.due() == kStart + seconds(1) + kUnknownKeyInterval);
  CHECK(one.want(kStart + seconds(31)));
}

TEST_CASE("Unknown key ids do not shorten the back-off") {
  RefreshSchedule one = schedule();
  one.succeeded(kStart, hours(1));
  for (int i = 0; i < 8; ++i) one.failed(kStart, 0);
  const auto due = one.due();
  CHECK_FALSE(one.want(kStart + seconds(1)));
  CHECK(one.due() == due);
}

}  // namespace
}  // namespace sallyport::identity
