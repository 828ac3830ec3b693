// E-mail addresses: local@domain (RFC 5321), as people and programs write them without quoting,
// with letters of other alphabets (RFC 6531).
#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

// Of the characters RFC 5322 allows, those that are not delimiters of URLs, JSON or shells.
bool is_local(char c) {
  return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-' || c == '\'';
}

// Letters of the alphabets that put spaces between words, U+00C0 to U+1FFF, with their combining
// marks. Where words are not separated nobody can say where an address would begin.
bool is_other_letter(unsigned code) {
  return code >= 0xC0 && code < 0x2000 && code != 0xD7 && code != 0xF7 &&
         !(code >= 0xE00 && code < 0x1000);
}

unsigned byte(char c) { return static_cast<unsigned char>(c); }

// The length of the UTF-8 sequence of such a letter that ends before `at`, or 0.
std::size_t letter_before(const Text& text, std::size_t at) {
  const unsigned last = byte(text.before(at));
  if ((last & 0xC0) != 0x80) return 0;
  const unsigned lead = byte(text.before(at, 2));
  if ((lead & 0xE0) == 0xC0) return is_other_letter((lead & 0x1F) << 6 | (last & 0x3F)) ? 2 : 0;
  const unsigned first = byte(text.before(at, 3));
  if ((lead & 0xC0) != 0x80 || (first & 0xF0) != 0xE0) return 0;
  return is_other_letter((first & 0xF) << 12 | (lead & 0x3F) << 6 | (last & 0x3F)) ? 3 : 0;
}

std::size_t letter_at(Text& text, std::size_t at) {
  const unsigned first = byte(text.at(at));
  if (first < 0xC0 || first >= 0xF0) return 0;
  const std::size_t length = first < 0xE0 ? 2 : 3;
  text.at(at + length - 1);
  if (at + length > text.size()) return 0;
  return letter_before(text, at + length) == length ? length : 0;
}

// Where the local part that ends before `at` begins; `at` when there is none.
std::size_t local_begin(const Text& text, std::size_t at) {
  std::size_t start = at;
  while (at - start < kEmailLocalBytes) {
    if (is_local(text.before(start))) {
      --start;
    } else if (const std::size_t length = letter_before(text, start)) {
      start -= length;
    } else {
      break;
    }
  }
  start = skip_escape(text.bytes(), start);
  while (start < at && !is_word(text.bytes()[start]) && byte(text.bytes()[start]) < 0x80) ++start;
  return start < at ? start : at;
}

// A label of a domain name: letters, digits and inner hyphens (RFC 1123 §2.1).
struct Label {
  std::size_t start = 0;
  std::size_t end = 0;
  std::size_t letters = 0;  // at its beginning
  bool digits = true;       // all of it
};

Label read_label(Text& text, std::size_t at, std::size_t limit) {
  Label label{at, at};
  bool only_letters = true;
  std::size_t next = at;
  while (next < limit) {
    const char c = text.at(next);
    const std::size_t other = letter_at(text, next);
    if (!is_alnum(c) && c != '-' && other == 0) break;
    next += other == 0 ? 1 : other;
    if (c != '-') label.end = next;  // trailing hyphens are not part of it
    if (!is_digit(c)) label.digits = false;
    if (only_letters && !is_letter(c) && other == 0) only_letters = false;
    if (only_letters) ++label.letters;
  }
  if (at < text.size() && text.bytes()[at] == '-') label.end = at;
  return label;
}

// Where a top label ends that begins here, or 0: two letters at least and no digit behind them, or
// punycode.
std::size_t top_end(const Text& text, const Label& label) {
  const std::string_view name = text.bytes().substr(label.start, label.end - label.start);
  if (name.size() > 4 && to_lower(name[0]) == 'x' && to_lower(name[1]) == 'n' &&
      name.substr(2, 2) == "--")
    return label.end;
  if (label.letters < 2) return 0;
  std::size_t end = label.start;
  for (std::size_t letters = 0; letters < label.letters; ++letters) {
    do ++end;
    while (end < label.end && (byte(text.bytes()[end]) & 0xC0) == 0x80);
  }
  return end == label.end || text.bytes()[end] == '-' ? end : 0;
}

// "icon@2x.png" names a picture.
bool names_picture(std::string_view domain) {
  if (domain.size() < 5 || !is_digit(domain[0]) || domain.substr(1, 2) != "x.") return false;
  const std::string_view type = domain.substr(3);
  return type == "png" || type == "jpg" || type == "jpeg" || type == "gif" || type == "webp" ||
         type == "svg";
}

// The end of the domain name at `at`, or `at`.
std::size_t domain_end(Text& text, std::size_t at) {
  const std::size_t limit = at + kEmailDomainBytes;
  std::size_t best = at;
  bool numbers = true;
  Label label = read_label(text, at, limit);
  for (std::size_t index = 0; label.end > label.start; ++index) {
    if (index > 0)
      if (const std::size_t end = top_end(text, label)) best = end;
    if (index < 2) numbers = numbers && label.digits;
    if (text.at(label.end) != '.') break;
    label = read_label(text, label.end + 1, limit);
  }
  // "foo@1.2.3-beta.rc" is a version.
  if (numbers || names_picture(text.bytes().substr(at, best - at))) return at;
  return best;
}

// "https://user:secret@host": what stands before the '@' is a password.
bool is_password(const Text& text, std::size_t start) {
  if (text.before(start) != ':') return false;
  std::size_t at = start - 1;
  for (std::size_t i = 0; i < kEmailLocalBytes && is_local(text.before(at)); ++i) --at;
  return at >= 3 && text.bytes().substr(at - 3, 3) == "://";
}

}  // namespace

Span find_email(Text& text, std::size_t anchor) {
  const std::size_t start = local_begin(text, anchor);
  const Span none{start, start};
  if (start == anchor || is_password(text, start)) return none;
  // git@github.com is how repositories are named, never a person.
  if (text.bytes().substr(start, anchor - start) == "git") return none;
  const std::size_t end = domain_end(text, anchor + 1);
  return end > anchor + 1 ? Span{start, end} : none;
}

}  // namespace sallyport::mask
