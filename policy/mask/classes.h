// Character classes of 64 bytes at a time, one bit per byte: the first stage of the prefilter, and
// the only one that depends on the processor. Every classifier gives the same bits. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::mask {

struct Classes {
  std::uint64_t digit, letter, upper, space, hyphen, dot, at, plus, underscore, slash, open,
      backslash, e, yw, j, x;  // letter: both cases; open: '('; yw: 'y' or 'w'; j: 'J'
  bool operator==(const Classes&) const = default;
};

inline constexpr std::size_t kBlock = 64;

// Classifies `blocks` times 64 bytes.
using Classifier = void (*)(const char* bytes, std::size_t blocks, Classes* out);

void classify_scalar(const char* bytes, std::size_t blocks, Classes* out);
// Null when this processor, or the one this was compiled for, does not have it.
Classifier sse2_classifier();
Classifier avx2_classifier();
// The fastest of them.
Classifier best_classifier();

}  // namespace sallyport::mask
