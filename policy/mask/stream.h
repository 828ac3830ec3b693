// Masks a text that comes in pieces: what comes out is what the masking of the whole would give,
// however it was cut, and nothing of a hit is released before the verdict on it. Held back are the
// last bytes in which a hit may have begun (at most kTailBytes, then at most kHitBytes of an e-mail
// address, kJwtBytes of a JWT, kPemBytes of a private key, kWindowBytes of a line with patterns).
// Belongs to one stream and one thread; borrows the masker. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/mask/masker.h"

namespace sallyport::mask {

class StreamMasker {
 public:
  explicit StreamMasker(const Masker& masker) : masker_(masker) {}

  // Takes the next piece and appends what is decided to `out`.
  void feed(std::string_view piece, std::string& out);
  // The text ends here. The next piece begins a new one.
  void finish(std::string& out);

  // Bytes of the text that are released or masked.
  std::size_t settled() const { return base_ + from_; }
  // Hits so far, as bytes of the whole text, in order. Grows until its owner clears it,
  // which may be done at any time.
  std::vector<Entity>& hits() { return hits_; }

 private:
  std::size_t swallow(std::string_view piece);
  void find(bool complete);
  void decide(bool complete, std::string& out);
  void forget_settled();

  const Masker& masker_;
  std::string buffer_;           // context, then what is held
  std::size_t base_ = 0;         // where the buffer begins in the text
  std::size_t from_ = 0;         // where what is held begins in the buffer
  std::size_t window_ = 0;       // where the patterns go on in the buffer
  std::size_t next_look_ = 0;    // the buffer's size from which on looking again is worth it
  Findings findings_;            // kept for its memory
  std::vector<Entity> matches_;  // of patterns, in the buffer, not yet released
  std::vector<Entity> hits_;
  bool (*swallow_)(char) = nullptr;  // the last hit goes on as long as this says so
};

}  // namespace sallyport::mask
