// Character classes of 64 bytes at a time, one bit per byte: the first stage of the prefilter, and
// the only one that depends on the processor. Every classifier gives the same bits.
//
// A window of 64 bytes answers for the 44 in its middle. It has the 6 before them, where a word may
// begin, and the 14 after them, into which shapes reach: so no shape is cut by a window, and all
// work is on single machine words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::mask {

struct Classes {
  std::uint64_t digit, letter, upper, space, hyphen, dot, at, plus, underscore, slash, open,
      backslash, e, yw, j, x;  // letter: both cases; open: '('; yw: 'y' or 'w'; j: 'J'
  bool operator==(const Classes&) const = default;
};

inline constexpr std::size_t kWindow = 64;
inline constexpr std::size_t kBefore = 6;
inline constexpr std::size_t kOwn = 44;

// Classifies `count` windows that begin kOwn bytes apart, the first at `bytes`.
using Classifier = void (*)(const char* bytes, std::size_t count, Classes* out);

void classify_scalar(const char* bytes, std::size_t count, Classes* out);
// Null when this processor, or the one this was compiled for, does not have it.
Classifier sse2_classifier();
Classifier avx2_classifier();
// The fastest of them.
Classifier best_classifier();

}  // namespace sallyport::mask
