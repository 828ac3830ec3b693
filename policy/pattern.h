// One pattern of a rule: an exact text, a glob or RE2 between slashes. Compiled once, immutable,
// matched from any thread. Wraps RE2, which no other file includes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "policy/limits.h"

namespace re2 {
class RE2;
}

namespace sallyport::policy {

class Pattern {
 public:
  enum class Kind { kExact, kGlob, kRegex };
  enum class Match { kNo, kYes, kUntested };  // kUntested: longer than kTestedBytes

  // `separator` is the fact's, see FactSpec. The error's detail says what is wrong with the
  // pattern.
  static Result<Pattern> parse(std::string_view text, char separator);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }  // as written
  Match match(std::string_view value) const;
  // False for most values that do not match: a look at two bytes in the place of a call.
  bool may_match(std::string_view value) const {
    if (kind_ != Kind::kGlob || literal_ == 0 || value.size() > kTestedBytes) return true;
    return value.size() >= literal_ && value[0] == text_[0] &&
           value[literal_ - 1] == text_[literal_ - 1];
  }

 private:
  Kind kind_ = Kind::kExact;
  char separator_ = '\0';
  std::string text_;
  std::size_t literal_ = 0;                // of a glob: bytes before the first star
  std::shared_ptr<const re2::RE2> regex_;  // shared by copies of the pattern; RE2 is thread-safe
};

// True for "/…/": RE2 between slashes.
bool is_regex(std::string_view text);

}  // namespace sallyport::policy
