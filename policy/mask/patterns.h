// Named patterns of a user: RE2, matched within a line. Immutable; may be used from any thread.
// Wraps RE2. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/masking.h"
#include "core/result.h"
#include "policy/mask/scanner.h"

namespace re2 {
class RE2;
}

namespace sallyport::mask {

struct NamedPattern {
  std::string name;
  std::string regex;
  MaskStyle style = MaskStyle::kRedact;
};

class Patterns {
 public:
  // The error's detail says which pattern is wrong, and how.
  static Result<Patterns> make(const std::vector<NamedPattern>& patterns);

  std::size_t size() const { return patterns_.size(); }
  const std::string& name(std::size_t i) const { return patterns_[i].name; }
  MaskStyle style(std::size_t i) const { return patterns_[i].style; }

  // Adds the matches in the windows from `window` on, lowers findings.settled to the first window
  // that is not decided yet, and returns where that one begins. Windows follow from the text alone,
  // however it is cut.
  std::size_t scan(std::string_view bytes, std::size_t window, bool complete,
                   Findings& findings) const;

 private:
  struct Compiled {
    std::string name;
    MaskStyle style;
    std::shared_ptr<const re2::RE2> regex;  // shared by copies; RE2 is thread-safe
  };
  void scan_window(std::string_view bytes, std::size_t from, std::size_t last_start,
                   std::size_t end, Findings& findings) const;

  std::vector<Compiled> patterns_;
  std::shared_ptr<const re2::RE2> any_;  // all of them in one, to pass over clean windows
};

}  // namespace sallyport::mask
