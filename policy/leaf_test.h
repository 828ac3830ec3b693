// A leaf of a condition: one fact and the values it is tested for. Says of a command which of the
// fact's values match and which do not; what that means for the rule (any, every, not) is decided
// above. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/command.h"
#include "policy/fact_view.h"
#include "policy/facts.h"
#include "policy/pattern.h"
#include "policy/time_window.h"

namespace sallyport::policy {

// What a test saw, as bits: some value matches, some value does not. Neither: the fact is empty. A
// value too long to be tested sets both, so that it is never a reason to allow.
enum Seen : std::uint8_t { kSeenNone = 0, kSeenMatch = 1, kSeenOther = 2, kSeenBoth = 3 };

// "path:/v1/**": the type exactly, the name by a pattern.
struct ObjectPattern {
  std::string type;
  Pattern name;
};

struct LeafTest {
  const FactSpec* spec = nullptr;
  std::string fact;  // canonical name
  std::string text;  // as written: "http.path: [/a, /b/**]"; tests with equal text are equal

  ActionSet actions;                   // of `action`
  std::vector<TimeWindow> windows;     // of `time`
  std::vector<ObjectPattern> objects;  // of `object`
  std::vector<std::string> literals;   // exact patterns, sorted
  std::vector<Pattern> patterns;       // globs and RE2; of `object`: RE2 on "type:name"

  FactKind kind() const { return spec->kind; }
};

// `slot` is the fact's own when it is an attribute.
Seen look(const LeafTest& test, std::uint32_t slot, const FactView& view);

// The values themselves, for explanations; at most `most`.
std::vector<std::string> values_of(const LeafTest& test, std::uint32_t slot, const FactView& view,
                                   std::size_t most);

}  // namespace sallyport::policy
