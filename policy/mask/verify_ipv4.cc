// IPv4 addresses: a dotted quad that is not a version, an object identifier or a section number.
#include <array>

#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

// Words that say that the number behind them is no address. The first group also ends longer words
// ("appVersion"), the second stands alone.
constexpr std::array<std::string_view, 4> kEndings{"version", "versions", "firmware", "revision"};
constexpr std::array<std::string_view, 15> kWords{
    "v",   "ver",     "vers",   "release", "rev", "build", "section",  "sections",
    "sec", "chapter", "clause", "article", "oid", "para",  "paragraph"};
// Bytes between such a word and the number, and of the word.
constexpr std::size_t kBetween = 8;
constexpr std::size_t kWordBytes = 24;

// An octet without leading zeros; returns its end, or `at`.
std::size_t octet_end(Text& text, std::size_t at) {
  const std::size_t end = text.run_end(at, at + 4, is_digit);
  if (end - at > 3 || (end - at > 1 && text.at(at) == '0')) return at;
  unsigned value = 0;
  for (std::size_t i = at; i < end; ++i)
    value = 10 * value + static_cast<unsigned>(text.at(i) - '0');
  return value > 255 ? at : end;
}

// The letters that end before `at`, at most kWordBytes of them.
std::string_view letters_before(std::string_view bytes, std::size_t at) {
  std::size_t first = at;
  while (first > 0 && at - first < kWordBytes && is_letter(bytes[first - 1])) --first;
  return bytes.substr(first, at - first);
}

bool same(std::string_view a, std::string_view lower_case) {
  if (a.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower(a[i]) != lower_case[i]) return false;
  return true;
}

// "version 10.2.3.4", "\"version\":\"10.2.3.4\"", "§ 4.3.2.1".
bool numbered(std::string_view bytes, std::size_t start) {
  constexpr std::string_view kGaps = " \t:=\"'.#\\";
  std::size_t at = start;
  while (at > 0 && start - at < kBetween && kGaps.find(bytes[at - 1]) != kGaps.npos) --at;
  if (at >= 2 && (bytes.substr(at - 2, 2) == "\xC2\xA7" || bytes.substr(at - 2, 2) == "\xC2\xB6"))
    return true;
  const std::string_view word = letters_before(bytes, at);
  for (std::string_view ending : kEndings)
    if (word.size() >= ending.size() && same(word.substr(word.size() - ending.size()), ending))
      return true;
  for (std::string_view whole : kWords)
    if (same(word, whole)) return true;
  return false;
}

// "Chrome/120.0.0.0": a product in a User-Agent (RFC 9110 §10.1.5), not a path.
bool product(std::string_view bytes, std::size_t start) {
  if (start == 0 || bytes[start - 1] != '/') return false;
  const std::string_view word = letters_before(bytes, start - 1);
  if (word.empty() || !is_upper(word.front())) return false;
  const std::size_t first = start - 1 - word.size();
  return first == 0 ||
         std::string_view(" \t\"'(\n").find(bytes[first - 1]) != std::string_view::npos;
}

bool bounded(Text& text, std::size_t start, std::size_t end) {
  const char before = text.before(start);
  if (before == '.' || before == '@' || !word_begins(text.bytes(), start)) return false;
  if (before == '-' && is_letter(text.before(start, 2))) return false;  // "nginx-1.2.3.4"
  const char after = text.at(end);
  if (is_word(after)) return false;
  if (after == '.' || after == '+') return !is_alnum(text.at(end + 1));
  if (after == '-') return !is_letter(text.at(end + 1));
  return true;
}

}  // namespace

Span find_ipv4(Text& text, std::size_t anchor) {
  std::size_t start = anchor;
  while (anchor - start < 3 && is_digit(text.before(start))) --start;
  start = skip_escape(text.bytes(), start);
  const Span none{start, start};
  if (is_digit(text.before(start)) && !word_begins(text.bytes(), start)) return none;
  std::size_t end = start;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && text.at(end++) != '.') return none;
    const std::size_t next = octet_end(text, end);
    if (next == end) return none;
    end = next;
  }
  if (!bounded(text, start, end) || numbered(text.bytes(), start) || product(text.bytes(), start))
    return none;
  return {start, end};
}

}  // namespace sallyport::mask
