// Payment cards: 13 to 19 digits, plain or in groups, an issuer's prefix and the Luhn digit
// (ISO/IEC 7812-1).
#include <array>

#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

constexpr std::size_t kFewest = 13;
constexpr std::size_t kMost = 19;
// A run of hexadecimal digits of at least this length is a digest or an id, not a card with letters
// beside it.
constexpr std::size_t kHexId = 24;

struct Groups {
  std::array<char, kMost> digits{};
  std::array<std::size_t, kMost> length{};  // of each group
  std::array<std::size_t, kMost> end{};     // of each group, in the text
  std::size_t count = 0;
  bool whole = true;  // the chain of groups ends with the last of them
};

bool is_gap(char c) { return c == ' ' || c == '-'; }

// The groups from `at` on that together have at most 19 digits.
Groups read_groups(Text& text, std::size_t at) {
  Groups groups;
  std::size_t total = 0;
  while (true) {
    const std::size_t end = text.run_end(at, at + kMost + 1 - total, is_digit);
    if (total + (end - at) > kMost) {
      groups.whole = false;
      return groups;
    }
    for (std::size_t i = at; i < end; ++i) groups.digits[total++] = text.bytes()[i];
    groups.length[groups.count] = end - at;
    groups.end[groups.count++] = end;
    if (!is_gap(text.at(end)) || !is_digit(text.at(end + 1))) return groups;
    if (total == kMost) {
      groups.whole = false;
      return groups;
    }
    at = end + 1;
  }
}

bool luhn(const char* digits, std::size_t count) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto digit = static_cast<unsigned>(digits[count - 1 - i] - '0');
    if (i % 2 == 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
  }
  return sum % 10 == 0;
}

bool issuer(const char* digits) {
  unsigned p = 0;
  for (int i = 0; i < 4; ++i) p = 10 * p + static_cast<unsigned>(digits[i] - '0');
  auto in = [p](unsigned first, unsigned last) { return p >= first && p <= last; };
  return in(4000, 4999) ||                                      // Visa
         in(5100, 5599) || in(2221, 2720) ||                    // Mastercard
         in(3400, 3499) || in(3700, 3799) ||                    // American Express
         p == 6011 || in(6440, 6599) ||                         // Discover
         in(3000, 3059) || in(3600, 3699) || in(3800, 3899) ||  // Diners Club
         in(3528, 3589) ||                                      // JCB
         in(6200, 6299);                                        // UnionPay
}

// How cards are printed: 4-4-4-4, 4-4-4-4-3, 4-6-4, 4-6-5, 6-13. Such groups are a card wherever
// they stand; others only when there are no more groups beside them.
bool printed(const Groups& groups, std::size_t count) {
  const auto& n = groups.length;
  if (count == 1) return true;
  if (count == 2) return n[0] == 6 && n[1] == 13;
  if (n[0] != 4) return false;
  if (count == 3) return n[1] == 6 && (n[2] == 4 || n[2] == 5);
  if (count > 5 || n[1] != 4 || n[2] != 4 || n[3] != 4) return false;
  return count == 4 || n[4] == 3;
}

// Digits in the middle of a long hexadecimal number.
bool inside_hex_id(Text& text, std::size_t start, std::size_t end) {
  if (!is_alnum(text.before(start)) && !is_alnum(text.at(end))) return false;
  std::size_t first = start;
  while (start - first < kHexId && is_hex(text.before(first))) --first;
  const std::size_t last = text.run_end(end, end + kHexId, is_hex);
  return last - first >= kHexId;
}

bool bounded(Text& text, std::size_t start, std::size_t end, bool grouped) {
  const char after = text.at(end);
  if (after == '.' && is_digit(text.at(end + 1))) return false;
  if (grouped) return word_begins(text.bytes(), start) && !is_word(after);
  return !inside_hex_id(text, start, end);
}

bool may_begin(char first, char second) {
  return (first >= '3' && first <= '6') || (first == '2' && second >= '2' && second <= '7');
}

}  // namespace

Span find_card(Text& text, std::size_t anchor) {
  const std::size_t start = skip_escape(text.bytes(), anchor);
  const Span none{anchor, anchor};
  if (!may_begin(text.at(start), text.at(start + 1)) || !is_digit(text.at(start))) return none;
  if (text.before(start) == '.' && is_digit(text.before(start, 2))) return none;
  const Groups groups = read_groups(text, start);
  const bool first = !is_gap(text.before(start)) || !is_digit(text.before(start, 2));
  std::size_t digits = 0;
  Span best = none;
  for (std::size_t i = 0; i < groups.count; ++i) {
    digits += groups.length[i];
    if (digits < kFewest) continue;
    const bool whole = first && groups.whole && i + 1 == groups.count;
    if (!printed(groups, i + 1) && !whole) continue;
    if (!issuer(groups.digits.data()) || !luhn(groups.digits.data(), digits)) continue;
    if (bounded(text, start, groups.end[i], i > 0)) best = {start, groups.end[i]};
  }
  return best;
}

}  // namespace sallyport::mask
