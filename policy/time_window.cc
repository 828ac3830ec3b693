#include "policy/time_window.h"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <optional>
#include <string>

namespace sallyport::policy {
namespace {

constexpr int kDay = 24 * 60;
constexpr int kWeek = 7 * kDay;
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

using Days = std::bitset<7>;

struct Span {
  int from = 0;
  int to = kDay;
};

std::optional<std::size_t> read_day(std::string_view text) {
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if (kDays[i] == text) return i;
  return std::nullopt;
}

// "Mon-Fri,Sun"; Fri-Mon goes round the end of the week.
std::optional<Days> read_days(std::string_view text) {
  Days days;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t dash = part.find('-');
    const auto first = read_day(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : read_day(part.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    for (std::size_t day = *first;; day = (day + 1) % kDays.size()) {
      days.set(day);
      if (day == *last) break;
    }
    if (comma == std::string_view::npos) return days;
    text.remove_prefix(comma + 1);
  }
}

// "08:00", up to "24:00".
std::optional<int> read_minute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (std::size_t i : {0u, 1u, 3u, 4u})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > kDay) return std::nullopt;
  return hour * 60 + minute;
}

std::optional<Span> read_span(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = read_minute(text.substr(0, dash));
  const auto to = read_minute(text.substr(dash + 1));
  if (!from || !to || *from == kDay || *from == *to) return std::nullopt;
  return Span{*from, *to};
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space != 0) out.push_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return out;
}

Error not_a_window(std::string_view text) {
  return {ErrorCode::kInvalid,
          fmt::format("\"{}\" is not a time window such as \"Mon-Fri 08:00-18:00\", \"Sat,Sun\" or "
                      "\"22:00-06:00\" (UTC)",
                      text)};
}

}  // namespace

int minute_of_week(WallTime time) {
  using std::chrono::floor;
  const auto minutes = floor<std::chrono::minutes>(time).time_since_epoch().count();
  // The Unix epoch was a Thursday: three days after a Monday.
  const auto shifted = (minutes + 3 * kDay) % kWeek;
  return static_cast<int>(shifted < 0 ? shifted + kWeek : shifted);
}

std::string describe_minute(int minute) {
  return fmt::format("{} {:02}:{:02} UTC", kDays[static_cast<std::size_t>(minute / kDay)],
                     minute % kDay / 60, minute % 60);
}

Result<TimeWindow> TimeWindow::parse(std::string_view text) {
  std::vector<std::string_view> parts = words(text);
  if (!parts.empty() && parts.back() == "UTC") parts.pop_back();
  if (parts.empty() || parts.size() > 2) return not_a_window(text);
  Days days = Days().set();
  Span span;
  const std::optional<Days> named = read_days(parts.front());
  if (named) days = *named;
  if (!named || parts.size() == 2) {
    if (!named && parts.size() == 2) return not_a_window(text);
    const std::optional<Span> read = read_span(parts.back());
    if (!read) return not_a_window(text);
    span = *read;
  }
  TimeWindow window;
  for (std::size_t day = 0; day < days.size(); ++day) {
    if (!days.test(day)) continue;
    const int start = static_cast<int>(day) * kDay;
    const int end = start + span.to + (span.to < span.from ? kDay : 0);
    window.open_.push_back({start + span.from, std::min(end, kWeek)});
    if (end > kWeek) window.open_.push_back({0, end - kWeek});
  }
  return window;
}

bool TimeWindow::contains(int minute) const {
  for (const Interval& interval : open_)
    if (minute >= interval.from && minute < interval.to) return true;
  return false;
}

}  // namespace sallyport::policy
