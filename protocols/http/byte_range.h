// Ranges of bytes (RFC 9110 §14): asked wider than the agent asked, so that nothing that is looked
// for lies across an edge, and cut back to what was asked. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// `first` to `last`, to the end, or only the `last` bytes of all.
struct ByteRange {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;  // inclusive; without `first`, how many bytes at the end
  bool operator==(const ByteRange&) const = default;
};

// The one range that is asked for. Nothing: none, several, or one in another form or unit.
std::optional<ByteRange> single_range(const Fields& fields);
// With so many bytes more on each side.
ByteRange widened(const ByteRange& range, std::uint64_t by);
std::string range_value(const ByteRange& range);

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  std::optional<std::uint64_t> total;
  bool operator==(const ContentRange&) const = default;
};

std::optional<ContentRange> parse_content_range(std::string_view value);
std::string content_range_value(const ContentRange& range);

// What of the bytes that came is passed on.
struct Cut {
  std::uint64_t skip = 0;
  std::uint64_t keep = 0;  // 0: nothing of what was asked for exists
  ContentRange shown;
};

// Out of what a target gave for `asked` widened by `margin`. No byte is shown with fewer than
// `margin` bytes seen on either side of it, unless the content begins or ends there. kMalformed: it
// is not what was asked for.
Result<Cut> cut_back(const ContentRange& given, const ByteRange& asked, std::uint64_t margin);

}  // namespace sallyport::http
