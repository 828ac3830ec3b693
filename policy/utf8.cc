#include "policy/utf8.h"

#include <cstdint>
#include <cstring>

namespace sallyport::policy {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_ascii(std::string_view value) {
  std::size_t i = 0;
  for (; i + 8 <= value.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, value.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) return false;
  }
  for (; i < value.size(); ++i)
    if (static_cast<unsigned char>(value[i]) >= 0x80) return false;
  return true;
}

struct Lead {
  std::size_t length = 0;  // of the whole sequence; 0: not a lead byte
  unsigned char least =
      0x80;  // bounds of the second byte: neither overlong, nor a surrogate, nor too large
  unsigned char most = 0xBF;
};

Lead read_lead(unsigned char c) {
  if (c < 0x80) return {1};
  if (c >= 0xC2 && c <= 0xDF) return {2};
  if (c == 0xE0) return {3, 0xA0, 0xBF};
  if (c == 0xED) return {3, 0x80, 0x9F};
  if (c >= 0xE1 && c <= 0xEF) return {3};
  if (c == 0xF0) return {4, 0x90, 0xBF};
  if (c >= 0xF1 && c <= 0xF3) return {4};
  if (c == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// The length of the well-formed sequence at the start, or 0.
std::size_t sequence(std::string_view rest) {
  const Lead lead = read_lead(static_cast<unsigned char>(rest[0]));
  if (lead.length == 0 || lead.length > rest.size()) return 0;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto c = static_cast<unsigned char>(rest[i]);
    if (i == 1 ? (c < lead.least || c > lead.most) : (c & 0xC0) != 0x80) return 0;
  }
  return lead.length;
}

}  // namespace

std::optional<std::string> repair_utf8(std::string_view value) {
  if (is_ascii(value)) return std::nullopt;
  std::string out;
  bool repaired = false;
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t n = sequence(value.substr(i));
    if (n == 0) {
      out += kReplacement;
      repaired = true;
    } else {
      out.append(value.substr(i, n));
    }
    i += n == 0 ? 1 : n;
  }
  if (!repaired) return std::nullopt;
  return out;
}

}  // namespace sallyport::policy
