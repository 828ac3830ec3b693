// What a verifier looks at: a text, or the part of a stream that is there so far. Reading past what
// is there is noted, so that the scanner knows that a verdict may still change. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace sallyport::mask {

// ASCII only: no locale decides what is masked.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_word(char c) { return is_alnum(c) || c == '_'; }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_base64url(char c) { return is_alnum(c) || c == '-' || c == '_'; }
constexpr bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }

class Text {
 public:
  // `complete`: nothing follows.
  Text(std::string_view bytes, bool complete) : bytes_(bytes), complete_(complete) {}

  std::string_view bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool complete() const { return complete_; }

  // NUL past the end.
  char at(std::size_t i) {
    if (i < bytes_.size()) return bytes_[i];
    touched_ = !complete_;
    return '\0';
  }
  // The byte `by` before i; NUL before the beginning.
  char before(std::size_t i, std::size_t by = 1) const {
    return i >= by && i - by < bytes_.size() ? bytes_[i - by] : '\0';
  }
  // How far the bytes of a class go from `from`, at most to `limit`.
  template <class Class>
  std::size_t run_end(std::size_t from, std::size_t limit, Class in_class) {
    while (from < limit && in_class(at(from))) ++from;
    return from;
  }

  // True when what follows the end could change what was read since the last call.
  bool take_touched() {
    const bool touched = touched_;
    touched_ = false;
    return touched;
  }

 private:
  std::string_view bytes_;
  bool complete_;
  bool touched_ = false;
};

// Escapes of JSON (\n, \u0022) and of URLs (%20) stand in front of values in raw documents, and end
// in characters that look like part of them.

// The first position from `at` on that is not inside an escape which covers `at`.
std::size_t skip_escape(std::string_view bytes, std::size_t at);
// True when no word character stands before `at`, or only as the end of an escape.
bool word_begins(std::string_view bytes, std::size_t at);

}  // namespace sallyport::mask
