#include "protocols/postgres/sql/precheck.h"

#include <array>

namespace sallyport::postgres::sql {
namespace {

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c) || c == '$'; }
bool is_operator(char c) {
  return c != '\0' && std::string_view("~!@#^&|`?+-*/%<>=:").find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view word, std::string_view lower_case) {
  if (word.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(word[i]) != lower_case[i]) return false;
  return true;
}

// Words that make the tree one level deeper, as operators do.
constexpr std::array<std::string_view, 15> kDeepening = {
    "not",     "is",      "union", "except",  "intersect", "join",   "like",   "ilike",
    "similar", "between", "in",    "collate", "case",      "isnull", "notnull"};

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::string_view run() {
    while (at_ < text_.size() && wrong_.empty()) step();
    return wrong_;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    if (c == '\'') return quoted('\'', false);
    if (c == '"') return quoted('"', false);
    if (c == '-' && peek(1) == '-') return line_comment();
    if (c == '/' && peek(1) == '*') return comment();
    if (c == '$') return dollar();
    if (starts_name(c)) return word();
    if (is_digit(c)) return number();
    ++at_;
    if (c == '(' || c == '[') return open();
    if (c == ')' || c == ']') return close();
    if (c == ',') chain_ = 0;
    if (c == ';') statement();
    if (is_operator(c)) operators();
  }

  // A run of operator characters is one operator; a comment ends it.
  void operators() {
    while (is_operator(peek()) && !(peek() == '-' && peek(1) == '-') &&
           !(peek() == '/' && peek(1) == '*'))
      ++at_;
    deepen();
  }

  void open() {
    if (++depth_ > kNesting) wrong_ = "brackets nest too deep";
  }
  void close() {
    if (depth_ > 0) --depth_;
    deepen();  // f(a)(b), a[1][2]: what follows is one level up
  }
  void statement() {
    chain_ = 0;
    if (++statements_ > kStatements) wrong_ = "too many statements";
  }
  void deepen() {
    if (++chain_ > kNesting) wrong_ = "too many operators in a row";
  }

  void quoted(char quote, bool backslashes) {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = peek();
      if (backslashes && c == '\\') {
        ++at_;
      } else if (c == quote) {
        ++at_;
        if (peek() != quote) return;
      }
    }
  }

  void line_comment() {
    while (at_ < text_.size() && peek() != '\n' && peek() != '\r') ++at_;
  }

  void comment() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      if (peek() == '/' && peek(1) == '*') {
        if (++depth > kCommentDepth) {
          wrong_ = "comments nest too deep";
          return;
        }
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }

  // $1, $$text$$ or $tag$text$tag$.
  void dollar() {
    std::size_t end = at_ + 1;
    if (end < text_.size() && starts_name(text_[end]))
      while (end < text_.size() && continues_name(text_[end]) && text_[end] != '$') ++end;
    if (end >= text_.size() || text_[end] != '$') {
      ++at_;
      return;
    }
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (peek() == '\'' && same_word(word, "e")) return quoted('\'', true);
    // The parser makes one list of any number of these.
    if (same_word(word, "and") || same_word(word, "or")) chain_ = 0;
    for (std::string_view deepening : kDeepening)
      if (same_word(word, deepening)) return deepen();
  }

  void number() {
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
  }

  std::string_view text_;
  std::string_view wrong_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t chain_ = 0;
  std::size_t statements_ = 1;
};

// Bytes of the UTF-8 sequence at the front, 0 when there is none.
std::size_t utf8_length(std::string_view s) {
  const auto at = [&](std::size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : static_cast<unsigned char>(0);
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned char c = at(0);
  if (c < 0x80) return c == 0 ? 0 : 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if ((c & 0xF0u) == 0xE0u) {
    if (!tail(1) || !tail(2)) return 0;
    if (c == 0xE0 && at(1) < 0xA0) return 0;
    return c == 0xED && at(1) > 0x9F ? 0 : 3;
  }
  if (c < 0xF0 || c > 0xF4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (c == 0xF0 && at(1) < 0x90) return 0;
  return c == 0xF4 && at(1) > 0x8F ? 0 : 4;
}

}  // namespace

std::string_view precheck(std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes) return "the text is too long";
  return Scan(text).run();
}

bool is_server_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace sallyport::postgres::sql
