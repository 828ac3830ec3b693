#include "protocols/http/byte_range.h"

#include <algorithm>
#include <charconv>

#include "protocols/http/characters.h"
#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

std::optional<std::uint64_t> parse_offset(std::string_view digits) {
  if (digits.empty() || !all(digits, kDigit)) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const std::from_chars_result read = std::from_chars(digits.data(), end, value);
  // Offsets beyond any content are left to the target; sums of these two cannot overflow.
  if (read.ec != std::errc() || value > kContentLength) return std::nullopt;
  return value;
}

constexpr std::string_view kBytes = "bytes";

}  // namespace

std::optional<ByteRange> single_range(const Fields& fields) {
  if (fields.count("Range") != 1) return std::nullopt;
  const std::string_view value = trim(*fields.find("Range"));
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !same_name(value.substr(0, equals), kBytes))
    return std::nullopt;
  const std::string_view range = trim(value.substr(equals + 1));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = range.substr(0, dash);
  const std::string_view last = range.substr(dash + 1);
  ByteRange out{parse_offset(first), parse_offset(last)};
  if ((!first.empty() && !out.first) || (!last.empty() && !out.last)) return std::nullopt;
  if (!out.first && !out.last) return std::nullopt;
  if (out.first && out.last && *out.last < *out.first) return std::nullopt;
  return out;
}

ByteRange widened(const ByteRange& range, std::uint64_t by) {
  ByteRange out = range;
  if (out.first) *out.first -= std::min(*out.first, by);
  if (out.last) *out.last = std::min(*out.last + by, kContentLength);
  return out;
}

std::string range_value(const ByteRange& range) {
  std::string out(kBytes);
  out += '=';
  if (range.first) out += std::to_string(*range.first);
  out += '-';
  if (range.last) out += std::to_string(*range.last);
  return out;
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trim(value);
  if (value.size() <= kBytes.size() || !same_name(value.substr(0, kBytes.size()), kBytes) ||
      value[kBytes.size()] != ' ') {
    return std::nullopt;
  }
  value.remove_prefix(kBytes.size() + 1);
  const std::size_t dash = value.find('-');
  const std::size_t slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash)
    return std::nullopt;
  const std::optional<std::uint64_t> first = parse_offset(value.substr(0, dash));
  const std::optional<std::uint64_t> last = parse_offset(value.substr(dash + 1, slash - dash - 1));
  const std::string_view total = value.substr(slash + 1);
  if (!first || !last || *last < *first) return std::nullopt;
  ContentRange out{*first, *last, std::nullopt};
  if (total == "*") return out;
  out.total = parse_offset(total);
  if (!out.total || *out.total <= *last) return std::nullopt;
  return out;
}

std::string content_range_value(const ContentRange& range) {
  return std::string(kBytes) + " " + std::to_string(range.first) + "-" +
         std::to_string(range.last) + "/" + (range.total ? std::to_string(*range.total) : "*");
}

Result<Cut> cut_back(const ContentRange& given, const ByteRange& asked, std::uint64_t margin) {
  const std::uint64_t end = given.last + 1;
  const bool to_the_end = given.total == end;
  // What may be shown of it at all.
  const std::uint64_t from = given.first == 0 ? 0 : given.first + margin;
  const std::uint64_t until = to_the_end ? end : end - std::min(end, margin);
  std::uint64_t first = 0;
  std::uint64_t last = kContentLength;  // inclusive
  if (asked.first) {
    first = *asked.first;
    if (asked.last) last = *asked.last;
  } else {
    if (!to_the_end) return Error{ErrorCode::kMalformed, "the range is not the end that was asked"};
    first = end - std::min(end, *asked.last);
  }
  if (first < from) return Error{ErrorCode::kMalformed, "the range begins after what was asked"};
  Cut cut;
  cut.shown.total = given.total;
  if (first >= until || (asked.last && *asked.last == 0 && !asked.first)) {
    if (!to_the_end) return Error{ErrorCode::kMalformed, "the range ends before what was asked"};
    return cut;
  }
  cut.shown.first = first;
  cut.shown.last = std::min(last, until - 1);
  cut.skip = first - given.first;
  cut.keep = cut.shown.last - first + 1;
  return cut;
}

}  // namespace sallyport::http
