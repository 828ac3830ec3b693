// US Social Security numbers: AAA-GG-SSSS, or nine bare digits behind a word that says so.
#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

// Numbers that are never issued (20 CFR 422.103; the Social Security Administration's rules of
// 2011).
bool issuable(std::string_view area, std::string_view group, std::string_view serial) {
  return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000";
}

bool same(std::string_view text, std::string_view lower_case) {
  for (std::size_t i = 0; i < lower_case.size(); ++i)
    if (to_lower(text[i]) != lower_case[i]) return false;
  return true;
}

// "ssn" as a word, or as one in userSSN and userSsn, but not in "classname".
bool ssn_at(std::string_view text, std::size_t i) {
  if (i + 3 > text.size() || !same(text.substr(i), "ssn")) return false;
  return i == 0 || !is_letter(text[i - 1]) || (is_lower(text[i - 1]) && is_upper(text[i]));
}

bool social_security_at(std::string_view text, std::size_t i) {
  constexpr std::string_view kSocial = "social";
  constexpr std::string_view kSecurity = "security";
  if (i + kSocial.size() >= text.size() || !same(text.substr(i), kSocial)) return false;
  std::size_t next = i + kSocial.size();
  if (text[next] == ' ' || text[next] == '_' || text[next] == '-') ++next;
  return next + kSecurity.size() <= text.size() && same(text.substr(next), kSecurity);
}

// The text before `at`, from the thirtieth character on.
std::string_view context_before(std::string_view bytes, std::size_t at) {
  std::size_t first = at;
  for (std::size_t characters = 0; first > 0 && characters < kSsnContextCharacters;) {
    --first;
    if (at - first >= 4 * kSsnContextCharacters) break;
    if ((static_cast<unsigned char>(bytes[first]) & 0xC0) != 0x80) ++characters;
  }
  return bytes.substr(first, at - first);
}

bool announced(std::string_view bytes, std::size_t at) {
  const std::string_view context = context_before(bytes, at);
  for (std::size_t i = 0; i < context.size(); ++i)
    if (ssn_at(context, i) || social_security_at(context, i)) return true;
  return false;
}

bool bounded(Text& text, std::size_t start, std::size_t end) {
  const char before = text.before(start);
  if (!word_begins(text.bytes(), start) &&
      !(start >= 3 && ssn_at(text.bytes().substr(0, start), start - 3)))
    return false;
  if ((before == '-' || before == '.') && is_digit(text.before(start, 2))) return false;
  const char after = text.at(end);
  if (is_word(after)) return false;
  if (after == '-') return !is_alnum(text.at(end + 1));
  if (after == '.') return !is_digit(text.at(end + 1));
  return true;
}

}  // namespace

Span find_ssn(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const std::string_view number = text.bytes().substr(anchor, 11);
  if (number[3] != number[6]) return none;
  if (!issuable(number.substr(0, 3), number.substr(4, 2), number.substr(7, 4))) return none;
  return bounded(text, anchor, anchor + 11) ? Span{anchor, anchor + 11} : none;
}

Span find_bare_ssn(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const std::string_view number = text.bytes().substr(anchor, 9);
  if (!issuable(number.substr(0, 3), number.substr(3, 2), number.substr(5, 4))) return none;
  if (!bounded(text, anchor, anchor + 9) || !announced(text.bytes(), anchor)) return none;
  return {anchor, anchor + 9};
}

}  // namespace sallyport::mask
