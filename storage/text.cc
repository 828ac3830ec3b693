#include "storage/text.h"

#include <algorithm>

namespace sallyport::storage {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

unsigned char at(std::string_view s, std::size_t i) {
  return i < s.size() ? static_cast<unsigned char>(s[i]) : 0;
}

bool within(unsigned char c, int low, int high) { return c >= low && c <= high; }

// The length of the well-formed sequence at `i`, or 0.
std::size_t sequence(std::string_view s, std::size_t i) {
  unsigned char a = at(s, i);
  unsigned char b = at(s, i + 1);
  if (a < 0x80) return 1;
  if (within(a, 0xC2, 0xDF)) return within(b, 0x80, 0xBF) ? 2 : 0;
  if (within(a, 0xE0, 0xEF)) {
    bool second = within(b, a == 0xE0 ? 0xA0 : 0x80, a == 0xED ? 0x9F : 0xBF);
    return second && within(at(s, i + 2), 0x80, 0xBF) ? 3 : 0;
  }
  if (within(a, 0xF0, 0xF4)) {
    bool second = within(b, a == 0xF0 ? 0x90 : 0x80, a == 0xF4 ? 0x8F : 0xBF);
    bool rest = within(at(s, i + 2), 0x80, 0xBF) && within(at(s, i + 3), 0x80, 0xBF);
    return second && rest ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit) {
  bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  if (ascii && text.size() <= limit) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t n = sequence(text, i);
    std::string_view piece = n == 0 ? kReplacement : text.substr(i, n);
    if (out.size() + piece.size() > limit) {
      while (!out.empty() && out.size() + kEllipsis.size() > limit) {
        while ((out.back() & 0xC0) == 0x80) out.pop_back();
        out.pop_back();
      }
      if (limit >= kEllipsis.size()) out += kEllipsis;
      return out;
    }
    out += piece;
    i += n == 0 ? 1 : n;
  }
  return out;
}

}  // namespace sallyport::storage
