#include "policy/mask/text.h"

#include <array>

namespace sallyport::mask {
namespace {

// Backslashes before a letter that are counted: an odd number escapes it.
constexpr std::size_t kBackslashes = 16;

bool hex_at(std::string_view bytes, std::size_t from, std::size_t count) {
  if (from + count > bytes.size()) return false;
  for (std::size_t i = from; i < from + count; ++i)
    if (!is_hex(bytes[i])) return false;
  return true;
}

bool escapes_next(std::string_view bytes, std::size_t at) {
  std::size_t count = 0;
  while (count < kBackslashes && count <= at && bytes[at - count] == '\\') ++count;
  return count % 2 == 1;
}

// The length of the escape that begins at `at`, or 0.
std::size_t escape_length(std::string_view bytes, std::size_t at) {
  if (at + 1 >= bytes.size()) return 0;
  if (bytes[at] == '%') return hex_at(bytes, at + 1, 2) ? 3 : 0;
  if (bytes[at] != '\\' || !escapes_next(bytes, at)) return 0;
  if (bytes[at + 1] == 'u') return hex_at(bytes, at + 2, 4) ? 6 : 0;
  return std::string_view("nrtbf").find(bytes[at + 1]) != std::string_view::npos ? 2 : 0;
}

}  // namespace

std::size_t skip_escape(std::string_view bytes, std::size_t at) {
  for (std::size_t by = 1; by <= 5 && by <= at; ++by) {
    const char c = bytes[at - by];
    if (c != '\\' && c != '%') continue;
    const std::size_t length = escape_length(bytes, at - by);
    if (length > by) return at - by + length;
  }
  return at;
}

bool word_begins(std::string_view bytes, std::size_t at) {
  if (at == 0 || !is_word(bytes[at - 1])) return true;
  for (std::size_t length : {2u, 3u, 6u})
    if (length <= at && escape_length(bytes, at - length) == length) return true;
  return false;
}

}  // namespace sallyport::mask
