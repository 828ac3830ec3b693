#include "tools/cli/values.h"

#include <charconv>
#include <cmath>
#include <string>

namespace sallyport::cli {
namespace {

constexpr std::chrono::hours kLongestDuration{24 * 366 * 10};

// Takes exactly `digits` digits off the front.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<WallTime> parse_date(std::string_view& text) {
  auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                   std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date));
}

// ":SS" and ".fraction" after hours and minutes.
std::optional<std::chrono::microseconds> parse_seconds(std::string_view& text) {
  std::chrono::microseconds out{0};
  if (!take(text, ':')) return out;
  auto seconds = take_digits(text, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  out += std::chrono::seconds(*seconds);
  if (!take(text, '.')) return out;
  std::chrono::microseconds unit{100'000};
  bool any = false;
  for (auto digit = take_digits(text, 1); digit; digit = take_digits(text, 1)) {
    out += unit * *digit;
    unit /= 10;
    any = true;
  }
  if (!any) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  std::uint64_t factor = 0;
  if (unit == "ms") factor = 1;
  if (unit == "s" || unit.empty()) factor = 1'000;
  if (unit == "m") factor = 60'000;
  if (unit == "h") factor = 3'600'000;
  if (unit == "d") factor = 86'400'000;
  auto most = static_cast<std::uint64_t>(std::chrono::milliseconds(kLongestDuration).count());
  if (factor == 0 || number > most / factor) return std::nullopt;
  return std::chrono::milliseconds(number * factor);
}

std::optional<WallTime> parse_time(std::string_view text) {
  if (auto seconds = parse_count(text); seconds && text.size() != 4) {
    if (*seconds > 253'402'300'799) return std::nullopt;  // the last second of the year 9999
    return WallTime(std::chrono::seconds(*seconds));
  }
  auto time = parse_date(text);
  if (!time || text.empty()) return time;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  auto seconds = parse_seconds(text);
  if (!seconds) return std::nullopt;
  if (!text.empty() && text != "Z") return std::nullopt;
  return *time + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + *seconds;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_factor(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number) || number <= 0) return std::nullopt;
  return number;
}

}  // namespace sallyport::cli
