// Telephone numbers: international ones with '+' (ITU-T E.164), and North American ones that are
// written with separators.
#include <array>

#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

constexpr std::size_t kFewest = 8;
constexpr std::size_t kMost = 15;
constexpr std::size_t kNorthAmerican = 11;  // with the country code 1

struct Codes {
  unsigned first;
  unsigned last;
};

// Assigned country codes (ITU-T E.164, list of 2023).
constexpr std::array<Codes, 40> kCodes{{
    {1, 1},     {7, 7},     {20, 20},   {27, 27},   {30, 34},   {36, 36},   {39, 41},   {43, 49},
    {51, 58},   {60, 66},   {81, 82},   {84, 84},   {86, 86},   {90, 95},   {98, 98},   {211, 213},
    {216, 216}, {218, 218}, {220, 258}, {260, 269}, {290, 291}, {297, 299}, {350, 359}, {370, 383},
    {385, 387}, {389, 389}, {420, 421}, {423, 423}, {500, 509}, {590, 599}, {670, 692}, {800, 800},
    {808, 808}, {850, 856}, {870, 870}, {878, 888}, {960, 968}, {970, 979}, {992, 996}, {998, 998},
}};

bool assigned(std::string_view digits) {
  if (digits[0] == '0') return false;
  unsigned code = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    code = 10 * code + static_cast<unsigned>(digits[i] - '0');
    for (const Codes& codes : kCodes)
      if (code >= codes.first && code <= codes.last) return true;
  }
  return false;
}

bool is_gap(char c) { return c == ' ' || c == '-' || c == '.'; }

// What may stand between two digits: a separator, a parenthesis, or both. Returns where the next
// digit is, or `at`.
std::size_t skip_gap(Text& text, std::size_t at) {
  std::size_t next = at;
  if (text.at(next) == ')') {
    ++next;
    if (is_gap(text.at(next))) ++next;
  } else {
    if (is_gap(text.at(next))) ++next;
    if (text.at(next) == '(') ++next;
  }
  return is_digit(text.at(next)) ? next : at;
}

// An extension may follow a number directly: "x12", "ext. 12".
bool ends(Text& text, std::size_t end) {
  const char after = text.at(end);
  if (after == 'x' || after == 'X') return is_digit(text.at(end + 1));
  if (after == 'e') return text.at(end + 1) == 'x' && text.at(end + 2) == 't';
  return !is_word(after);
}

bool north_american(std::string_view area, std::string_view exchange) {
  return area[0] >= '2' && exchange[0] >= '2';
}

// Where the number begins when "1-" stands before it; else `at`.
std::size_t with_country(const Text& text, std::size_t at) {
  std::size_t one = at;
  if (is_gap(text.before(one))) --one;
  if (text.before(one) != '1' || one < 1) return at;
  return word_begins(text.bytes(), one - 1) ? one - 1 : at;
}

bool longer_number(Text& text, std::size_t start, std::size_t end) {
  const char before = text.before(start);
  if (before == '+' || ((before == '-' || before == '.') && is_digit(text.before(start, 2))))
    return true;
  const char after = text.at(end);
  return (after == '-' || after == '.') && is_digit(text.at(end + 1));
}

}  // namespace

Span find_plus_phone(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  if (!word_begins(text.bytes(), anchor) || text.before(anchor) == '+') return none;
  std::array<char, kMost> digits{};
  std::size_t count = 0;
  std::size_t best = anchor;
  for (std::size_t at = anchor + 1; count <= kMost;) {
    const std::size_t end = text.run_end(at, at + kMost + 1 - count, is_digit);
    const std::size_t run = end - at;
    if (count + run > kMost) break;
    for (std::size_t i = at; i < end; ++i) digits[count++] = text.bytes()[i];
    if (count >= kFewest && ends(text, end)) best = end;
    // Written without separators, or complete: digits that follow belong to something else.
    if (run >= kFewest || (digits[0] == '1' && count == kNorthAmerican)) break;
    at = skip_gap(text, end);
    if (at == end) break;
  }
  if (best == anchor || !assigned({digits.data(), kMost})) return none;
  return {anchor, best};
}

Span find_phone(Text& text, std::size_t anchor) {
  const std::string_view number = text.bytes().substr(anchor, 12);
  const Span none{anchor, anchor};
  if (!north_american(number, number.substr(4))) return none;
  const std::size_t start = with_country(text, anchor);
  const std::size_t end = anchor + number.size();
  if (!word_begins(text.bytes(), start) || !ends(text, end)) return {start, start};
  if (longer_number(text, start, end)) return {start, start};
  // "20241 440 600 5124" is one row of groups; "20241 440-600-5124" is not.
  if (text.before(start) == ' ' && is_digit(text.before(start, 2)) && number[3] == ' ')
    return {start, start};
  return {start, end};
}

Span find_paren_phone(Text& text, std::size_t anchor) {
  const std::size_t start = with_country(text, anchor);
  const Span none{start, start};
  if (text.at(anchor + 4) != ')') return none;
  std::size_t at = anchor + 5;
  if (is_gap(text.at(at))) ++at;
  const std::size_t exchange = at;
  at = text.run_end(at, at + 3, is_digit);
  if (at != exchange + 3) return none;
  if (is_gap(text.at(at))) ++at;
  const std::size_t end = text.run_end(at, at + 5, is_digit);
  if (end != at + 4) return none;
  if (!north_american(text.bytes().substr(anchor + 1), text.bytes().substr(exchange))) return none;
  if (!ends(text, end) || longer_number(text, start, end)) return none;
  return {start, end};
}

}  // namespace sallyport::mask
