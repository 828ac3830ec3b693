// JSON pointers (RFC 6901) of a mask, and which of them lead to a place in a document. A reference
// token that is `*` alone stands for any member and any element. Immutable; may be used from any
// thread. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/masking.h"
#include "core/result.h"

namespace sallyport::mask {

// What is at `text` is masked whatever it looks like: "/customers/*/salary".
struct Pointer {
  std::string text;
  MaskStyle style = MaskStyle::kRedact;
};

class Pointers {
 public:
  // A set of pointers, one bit each.
  using Set = std::uint64_t;
  struct Target {
    std::string_view name;  // of the value, for `hash`: its last reference token
    MaskStyle style = MaskStyle::kRedact;
  };

  // The error's detail says which pointer is wrong, and how.
  static Result<Pointers> make(const std::vector<Pointer>& pointers);

  bool empty() const { return pointers_.empty(); }
  bool hashes() const;
  // Those that lead to a whole document.
  Set all() const;
  // Of those that lead to the object or array at `depth`, the ones that go on into this member or
  // element of it.
  Set into_member(Set parents, std::size_t depth, std::string_view name) const;
  Set into_element(Set parents, std::size_t depth, std::size_t index) const;
  // True when one of them ends at `depth`; `target` gets the strictest.
  bool ends(Set set, std::size_t depth, Target& target) const;
  // Bytes of the longest reference token: a longer name is none of them.
  std::size_t longest_name() const { return longest_name_; }

 private:
  struct Compiled {
    std::vector<std::string> tokens;  // decoded
    std::vector<bool> any;            // by token: it is `*`
    std::string name;
    MaskStyle style = MaskStyle::kRedact;
  };
  static Result<Compiled> parse(const Pointer& pointer);

  std::vector<Compiled> pointers_;
  std::size_t longest_name_ = 0;
};

}  // namespace sallyport::mask
