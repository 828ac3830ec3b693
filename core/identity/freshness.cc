#include "core/identity/freshness.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace sallyport::identity {
namespace {

using std::chrono::seconds;

// RFC 9111 §1.2.2: what is larger than this counts as this.
constexpr std::int64_t kMostDelta = std::int64_t{1} << 31;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_name(std::string_view text, std::string_view name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::optional<std::int64_t> delta_seconds(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::min(value, kMostDelta) : kMostDelta;
}

// The lifetime that Cache-Control gives; one that cannot be read counts as stale (RFC 9111 §4.2.1).
std::optional<std::int64_t> directed(std::string_view fields) {
  std::optional<std::int64_t> lifetime;
  while (!fields.empty()) {
    const std::size_t comma = fields.find(',');
    const std::string_view directive = trimmed(fields.substr(0, comma));
    fields.remove_prefix(comma == std::string_view::npos ? fields.size() : comma + 1);
    const std::size_t equals = directive.find('=');
    const std::string_view name = directive.substr(0, equals);
    if (same_name(name, "no-store") || same_name(name, "no-cache")) return 0;
    if (!same_name(name, "max-age")) continue;
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : directive.substr(equals + 1);
    const std::int64_t age = delta_seconds(value).value_or(0);
    lifetime = std::min(age, lifetime.value_or(age));
  }
  return lifetime;
}

// A date that cannot be read, "0" for one, is in the past (RFC 9111 §5.3).
std::optional<std::int64_t> until_expiry(const CacheFields& fields) {
  if (fields.expires.empty()) return std::nullopt;
  const time_t expires = curl_getdate(std::string(fields.expires).c_str(), nullptr);
  const time_t date = curl_getdate(std::string(fields.date).c_str(), nullptr);
  if (expires == -1 || date == -1) return 0;
  return std::clamp<std::int64_t>(expires - date, 0, kMostDelta);
}

}  // namespace

std::optional<seconds> fresh_for(const CacheFields& fields) {
  std::optional<std::int64_t> lifetime = directed(fields.cache_control);
  if (!lifetime) lifetime = until_expiry(fields);
  if (!lifetime) return std::nullopt;
  const std::int64_t age = delta_seconds(trimmed(fields.age)).value_or(0);
  return seconds(std::max<std::int64_t>(*lifetime - age, 0));
}

}  // namespace sallyport::identity
