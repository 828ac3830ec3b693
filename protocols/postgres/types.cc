#include "protocols/postgres/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include "protocols/postgres/decoder.h"
#include "protocols/postgres/limits.h"

namespace sallyport::postgres {
namespace {

using Text = std::optional<std::string>;

std::uint64_t unsigned_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

Text plain(std::string_view bytes) { return std::string(bytes); }

Text bytea(std::string_view bytes) { return hexadecimal(bytes); }

Text boolean(std::string_view bytes) {
  if (bytes.size() != 1) return std::nullopt;
  return bytes[0] == 0 ? "f" : "t";
}

Text integer(std::string_view bytes) {
  const std::uint64_t value = unsigned_of(bytes);
  if (bytes.size() == 2) return std::to_string(static_cast<std::int16_t>(value));
  if (bytes.size() == 4) return std::to_string(static_cast<std::int32_t>(value));
  if (bytes.size() == 8) return std::to_string(static_cast<std::int64_t>(value));
  return std::nullopt;
}

Text oid(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  return std::to_string(unsigned_of(bytes));
}

template <class Number>
std::string shortest(Number value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return fmt::format("{}", value);
}

Text floating(std::string_view bytes) {
  const std::uint64_t bits = unsigned_of(bytes);
  if (bytes.size() == 4) return shortest(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  if (bytes.size() == 8) return shortest(std::bit_cast<double>(bits));
  return std::nullopt;
}

Text uuid(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  std::string out = hexadecimal(bytes).substr(2);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) out.insert(at, "-");
  return out;
}

Text jsonb(std::string_view bytes) {
  // A version number comes first.
  if (bytes.empty() || bytes[0] != 1) return std::nullopt;
  return std::string(bytes.substr(1));
}

// Groups of four decimal digits; the first one stands for 10000 to the power of `weight`.
Text numeric(std::string_view bytes) {
  FieldReader reader(bytes);
  const std::uint16_t count = reader.int16();
  const auto weight = static_cast<std::int16_t>(reader.int16());
  const std::uint16_t sign = reader.int16();
  const std::uint16_t scale = reader.int16();
  if (sign == 0xC000) return "NaN";
  if (sign == 0xD000) return "Infinity";
  if (sign == 0xF000) return "-Infinity";
  if (reader.failed() || reader.rest().size() != count * 2u || scale > kNumericDigits ||
      std::abs(weight) > kNumericDigits / 4)
    return std::nullopt;
  std::vector<unsigned> groups;
  for (int i = 0; i < count; ++i) groups.push_back(reader.int16());
  if (std::ranges::any_of(groups, [](unsigned group) { return group > 9'999; }))
    return std::nullopt;
  const auto group = [&](int power) {
    const int at = weight - power;
    return at >= 0 && at < count ? groups[static_cast<std::size_t>(at)] : 0u;
  };
  std::string out = sign == 0x4000 ? "-" : "";
  const int most = std::max<int>(weight, 0);
  out += std::to_string(group(most));
  for (int power = most - 1; power >= 0; --power) out += fmt::format("{:04}", group(power));
  if (scale == 0) return out;
  std::string fraction;
  for (int power = -1; fraction.size() < scale; --power)
    fraction += fmt::format("{:04}", group(power));
  return out + "." + fraction.substr(0, scale);
}

constexpr std::int64_t kSecond = 1'000'000;  // microseconds
constexpr std::int64_t kDay = 86'400 * kSecond;

std::string clock_text(std::int64_t micros) {
  const std::int64_t seconds = micros / kSecond;
  std::string out =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (micros % kSecond == 0) return out;
  out += fmt::format(".{:06}", micros % kSecond);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

// `days` count from 2000-01-01. The era ("" or " BC") stands behind the time.
Text date_text(std::int64_t days, std::string& era) {
  using namespace std::chrono;
  // 4714-11-24 BC is PostgreSQL's first day; 32,767 the last year that std::chrono::year can hold.
  if (days < -2'451'545 || days > 11'230'000) return std::nullopt;
  const sys_days epoch = year(2000) / January / 1;
  const year_month_day date(epoch + std::chrono::days(days));
  int year_number = static_cast<int>(date.year());
  if (year_number <= 0) {
    year_number = 1 - year_number;
    era = " BC";
  }
  return fmt::format("{:04}-{:02}-{:02}", year_number, static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Text date(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  const auto days = static_cast<std::int32_t>(unsigned_of(bytes));
  if (days == std::numeric_limits<std::int32_t>::max()) return "infinity";
  if (days == std::numeric_limits<std::int32_t>::min()) return "-infinity";
  std::string era;
  Text out = date_text(days, era);
  if (out) *out += era;
  return out;
}

Text time_of_day(std::string_view bytes) {
  const auto micros = static_cast<std::int64_t>(unsigned_of(bytes));
  if (bytes.size() != 8 || micros < 0 || micros > kDay) return std::nullopt;
  return clock_text(micros);
}

Text timestamp_in(std::string_view bytes, std::string_view zone) {
  if (bytes.size() != 8) return std::nullopt;
  const auto micros = static_cast<std::int64_t>(unsigned_of(bytes));
  if (micros == std::numeric_limits<std::int64_t>::max()) return "infinity";
  if (micros == std::numeric_limits<std::int64_t>::min()) return "-infinity";
  // Rounded down, also before 2000.
  const std::int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
  const std::int64_t within = (micros % kDay + kDay) % kDay;
  std::string era;
  const Text day = date_text(days, era);
  if (!day) return std::nullopt;
  return fmt::format("{} {}{}{}", *day, clock_text(within), zone, era);
}

Text timestamp(std::string_view bytes) { return timestamp_in(bytes, ""); }
Text timestamptz(std::string_view bytes) { return timestamp_in(bytes, "+00"); }

struct Type {
  std::uint32_t oid;
  std::uint32_t array;
  std::string_view name;
  Text (*read)(std::string_view bytes);
};
constexpr std::array<Type, 22> kTypes = {{{16, 1000, "boolean", boolean},
                                          {17, 1001, "bytea", bytea},
                                          {19, 1003, "name", plain},
                                          {20, 1016, "bigint", integer},
                                          {21, 1005, "smallint", integer},
                                          {23, 1007, "integer", integer},
                                          {25, 1009, "text", plain},
                                          {26, 1028, "oid", oid},
                                          {114, 199, "json", plain},
                                          {142, 143, "xml", plain},
                                          {700, 1021, "real", floating},
                                          {701, 1022, "double precision", floating},
                                          {705, 0, "unknown", plain},
                                          {1042, 1014, "character", plain},
                                          {1043, 1015, "character varying", plain},
                                          {1082, 1182, "date", date},
                                          {1083, 1183, "time", time_of_day},
                                          {1114, 1115, "timestamp", timestamp},
                                          {1184, 1185, "timestamptz", timestamptz},
                                          {1700, 1231, "numeric", numeric},
                                          {2950, 2951, "uuid", uuid},
                                          {3802, 3807, "jsonb", jsonb}}};

const Type* find(std::uint32_t type) {
  const auto found = std::ranges::find(kTypes, type, &Type::oid);
  return type == 0 || found == kTypes.end() ? nullptr : &*found;
}

const Type* find_element(std::uint32_t array) {
  const auto found = std::ranges::find(kTypes, array, &Type::array);
  return array == 0 || found == kTypes.end() ? nullptr : &*found;
}

// PostgreSQL §8.15.6.
std::string element_text(const std::string& text) {
  constexpr std::string_view kSpecial = "{}\",\\ \t\n\r\v\f";
  const bool null = text.size() == 4 && std::ranges::equal(text, std::string_view("null"), {},
                                                           [](char c) { return c | 0x20; });
  if (!text.empty() && !null && text.find_first_of(kSpecial) == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

constexpr std::uint32_t kMostDimensions = 6;  // PostgreSQL's MAXDIM

Text array(const Type& element, std::string_view bytes) {
  FieldReader reader(bytes);
  const std::uint32_t dimensions = reader.int32();
  reader.int32();  // whether there are NULLs
  if (reader.int32() != element.oid || reader.failed() || dimensions > kMostDimensions)
    return std::nullopt;
  if (dimensions == 0) return "{}";
  std::vector<std::uint64_t> blocks(dimensions);  // elements in one brace of each dimension
  std::string bounds;
  bool shifted = false;
  for (std::uint64_t& size : blocks) {
    size = reader.int32();
    const auto low = static_cast<std::int32_t>(reader.int32());
    bounds += fmt::format("[{}:{}]", low, low + static_cast<std::int64_t>(size) - 1);
    shifted = shifted || low != 1;
  }
  for (std::size_t i = dimensions - 1; i-- > 0;) {
    blocks[i] *= blocks[i + 1];
    if (blocks[i] > bytes.size()) return std::nullopt;
  }
  if (reader.failed() || blocks[0] == 0 || blocks[0] > bytes.size()) return std::nullopt;
  std::string out = shifted ? bounds + "=" : "";
  for (std::uint64_t i = 0; i < blocks[0]; ++i) {
    if (i > 0) out.push_back(',');
    for (const std::uint64_t block : blocks)
      if (i % block == 0) out.push_back('{');
    const std::uint32_t size = reader.int32();
    const bool null = size == 0xFFFF'FFFF;
    const Text text = null ? Text("NULL") : element.read(reader.bytes(size));
    if (reader.failed() || !text) return std::nullopt;
    out += null ? *text : element_text(*text);
    for (const std::uint64_t block : blocks)
      if ((i + 1) % block == 0) out.push_back('}');
  }
  return reader.complete() ? Text(std::move(out)) : std::nullopt;
}

}  // namespace

std::string hexadecimal(std::string_view bytes) {
  std::string out = "\\x";
  out.reserve(2 + bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back("0123456789abcdef"[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back("0123456789abcdef"[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

std::string type_name(std::uint32_t type) {
  if (const Type* known = find(type)) return std::string(known->name);
  if (const Type* element = find_element(type)) return std::string(element->name) + "[]";
  return std::to_string(type);
}

std::optional<std::string> text_of_binary(std::uint32_t type, std::string_view bytes) {
  if (const Type* known = find(type)) return known->read(bytes);
  if (const Type* element = find_element(type)) return array(*element, bytes);
  return std::nullopt;
}

}  // namespace sallyport::postgres
