// International bank account numbers (ISO 13616): a known country, its length and the check digits
// (ISO 7064 MOD 97-10).
#include <array>

#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

struct Country {
  char code[3];
  std::size_t length;
};

// SWIFT's IBAN registry, release 99.
constexpr std::array<Country, 89> kCountries{{
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
}};
constexpr std::size_t kLongest = 33;

char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; }

std::size_t length_of(char first, char second) {
  for (const Country& country : kCountries)
    if (country.code[0] == to_upper(first) && country.code[1] == to_upper(second))
      return country.length;
  return 0;
}

// Letters are capitals, or all small as some people type them; not a mixture.
bool one_case(std::string_view number) {
  bool upper = false;
  bool lower = false;
  for (char c : number) {
    upper = upper || is_upper(c);
    lower = lower || is_lower(c);
  }
  return !(upper && lower);
}

bool check_digits(std::string_view number) {
  const int check = (number[2] - '0') * 10 + (number[3] - '0');
  if (check < 2 || check > 98) return false;
  unsigned rest = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const char c = to_upper(number[(i + 4) % number.size()]);
    rest = is_digit(c) ? rest * 10 + static_cast<unsigned>(c - '0')
                       : rest * 100 + static_cast<unsigned>(c - 'A' + 10);
    rest %= 97;
  }
  return rest == 1;
}

}  // namespace

Span find_iban(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const std::size_t length = length_of(text.at(anchor), text.at(anchor + 1));
  if (length == 0) return none;
  if (is_alnum(text.before(anchor)) && !word_begins(text.bytes(), anchor)) return none;
  const char gap = text.at(anchor + 4);
  const bool grouped = gap == ' ' || gap == '-';
  std::array<char, kLongest> number{};
  std::size_t at = anchor;
  for (std::size_t i = 0; i < length; ++i) {
    if (grouped && i > 0 && i % 4 == 0 && text.at(at++) != gap) return none;
    const char c = text.at(at++);
    if (!is_alnum(c)) return none;
    number[i] = c;
  }
  const std::string_view written(number.data(), length);
  if (is_alnum(text.at(at)) || !one_case(written) || !check_digits(written)) return none;
  return {anchor, at};
}

}  // namespace sallyport::mask
