// Finds what the enabled detectors count as a hit. Two stages: classes and shapes of 64 bytes at a
// time give the few places where a hit may be, and a verifier decides on each. Immutable; may be
// used from any thread. Pure.
#pragma once

#include <vector>

#include "policy/mask/classes.h"
#include "policy/mask/detector.h"
#include "policy/mask/text.h"

namespace sallyport::mask {

// What one scan found.
struct Findings {
  std::vector<Entity> hits;  // in no order, overlapping where two detectors claim the same bytes
  // Nothing that begins before this can still become a hit or change.
  std::size_t settled = 0;
  // The last hit exceeds its limit and goes on past the end of the text, as long as this says so.
  bool (*continues)(char) = nullptr;
  // The end of the last hit that exceeds its limit; no token in it reaches beyond.
  std::size_t too_long_end = 0;

  void clear();  // keeps the memory
};

class Scanner {
 public:
  explicit Scanner(DetectorSet detectors, Classifier classifier = best_classifier());

  // Adds the hits to `findings` whose verdict cannot change with what follows. Anchors before
  // `first_anchor` are passed over: they were looked at when more stood before them.
  void scan(std::string_view bytes, std::size_t first_anchor, bool complete,
            Findings& findings) const;

 private:
  DetectorSet detectors_;
  Classifier classify_;
};

// Orders hits by their start, and takes care that they do not overlap: the one that begins first,
// or else the longest, keeps its bytes, and of a later one the bytes beyond remain. What is before
// `from` is taken already.
void resolve(std::vector<Entity>& hits, std::size_t from);

}  // namespace sallyport::mask
