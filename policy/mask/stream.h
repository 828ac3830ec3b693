// Masks a text that comes in pieces: what comes out is what the masking of the whole would give,
// however it was cut, and nothing of a hit is released before the verdict on it. Held back are the
// last bytes in which a hit may have begun (at most kTailBytes, then at most kHitBytes of an e-mail
// address, kJwtBytes of a JWT, kPemBytes of a private key, kWindowBytes of a line with patterns).
// What is decided goes to a sink. Belongs to one stream and one thread; borrows the masker and the
// sink. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/mask/masker.h"
#include "policy/mask/sink.h"

namespace sallyport::mask {

// Hits are replaced, and all else stays.
class PlainSink final : public Sink {
 public:
  explicit PlainSink(const Masker& masker) : masker_(masker) {}

  void pass(std::string_view bytes, std::string& out) override { out.append(bytes); }
  void mask(std::size_t type, std::string_view value, std::string& out) override {
    masker_.append_replacement(type, value, out);
  }
  void mask_more(std::string_view, std::string&) override {}
  void end(std::string&) override {}

 private:
  const Masker& masker_;
};

class StreamMasker {
 public:
  explicit StreamMasker(const Masker& masker) : StreamMasker(masker, nullptr) {}
  // Plain text when there is no sink.
  StreamMasker(const Masker& masker, Sink* sink)
      : masker_(masker), plain_(masker), sink_(sink == nullptr ? plain_ : *sink) {}
  StreamMasker(const StreamMasker&) = delete;
  StreamMasker& operator=(const StreamMasker&) = delete;

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
  std::size_t swallow(std::string_view piece, std::string& out);
  void find(bool complete);
  void decide(bool complete, std::string& out);
  void forget_settled();

  const Masker& masker_;
  PlainSink plain_;
  Sink& sink_;
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
