// Masks what JSON pointers lead to in JSON (RFC 8259) that comes in pieces, several texts in a row
// too: a scalar in the style of the strictest pointer, an object or array as one `****`. Null stays
// null, and all else as it is. Where a text stops being JSON nobody can say what is at a pointer:
// the rest of it is one `****`. Belongs to one stream and one thread; borrows its masker and
// pointers. Pure.
#pragma once

#include <vector>

#include "policy/mask/masker.h"
#include "policy/mask/pointers.h"

namespace sallyport::mask {

class PlaceMasker {
 public:
  PlaceMasker(const Masker& masker, const Pointers& pointers)
      : masker_(masker), pointers_(pointers) {}

  // Takes the next piece and appends what becomes of it to `out`: nothing of what is masked.
  void feed(std::string_view piece, std::string& out);
  // The text ends here. The next piece begins a new one.
  void finish(std::string& out);

  std::uint64_t masked() const { return masked_; }

 private:
  enum class State : std::uint8_t {
    kTop,         // between texts
    kValue,       // a value must come
    kFirstValue,  // a value, or the end of the array
    kFirstName,   // a name, or the end of the object
    kName,        // a name must come
    kColon,
    kAfter,   // a value is over: a comma, or the end of what it is in
    kString,  // within a value that stays
    kInName,
    kScalar,        // a number or literal, held
    kHeldString,    // masked when its end is there
    kHiddenString,  // masked already
    kHiddenTree,    // the same, an object or array
    kBroken,        // no JSON
  };
  struct Level {
    bool object = false;
    Pointers::Set set = 0;  // of the pointers that lead here
    std::size_t index = 0;  // of the element, in arrays
  };

  // Each takes bytes at the beginning of `rest`, at least one.
  void step(std::string_view& rest, std::string& out);
  void between(char c, std::string& out);
  void begin_value(char c, std::string& out);
  void end_level(char c, std::string& out);
  void in_string(std::string_view& rest, std::string& out);
  void in_tree(std::string_view& rest);
  void in_scalar(std::string_view& rest, std::string& out);
  void end_name();
  void end_held(std::string_view value, std::string& out);
  void redact(State next, std::string& out);
  void break_off(std::string& out);
  void after_value() { state_ = levels_.empty() ? State::kTop : State::kAfter; }
  MaskStyle strictest(std::string_view value) const;

  const Masker& masker_;
  const Pointers& pointers_;
  State state_ = State::kTop;
  std::vector<Level> levels_;
  Pointers::Set here_ = 0;    // pointers that lead to the value that comes
  bool wanted_ = false;       // one of them ends there
  Pointers::Target target_;   // the strictest that does
  std::string held_;          // of a name, a scalar or a string, as it is written
  bool escaped_ = false;      // the next byte of a string is escaped
  std::string name_;          // the last name, decoded: what detectors see before a value
  std::size_t nesting_ = 0;   // of what is hidden
  bool tree_string_ = false;  // within a string of what is hidden
  std::size_t at_ = 0;        // in the text, as far as a byte order mark goes
  std::uint64_t masked_ = 0;
};

}  // namespace sallyport::mask
