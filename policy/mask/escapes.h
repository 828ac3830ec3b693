// Texts with escapes are looked at with their escapes decoded: an Unescaper turns the pieces of a
// text into what it says and notes each escape, and an EscapedSink writes the text down again byte
// for byte, but for what is a hit. A hit that reaches over a border (the end of a string, the
// beginning of the next pair) is masked on either side of it, and the border stays. Belong to one
// stream. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "policy/mask/masker.h"
#include "policy/mask/sink.h"

namespace sallyport::mask {

struct Escape {
  std::size_t at = 0;              // where in the decoded text
  std::array<char, 4> decoded{};   // what it stands for
  std::array<char, 12> written{};  // of JSON, two halves of a pair: \ud83d\ude00
  std::uint8_t decoded_size = 0;
  std::uint8_t written_size = 0;
  bool hidden = false;  // part of a hit

  std::string_view text() const { return {decoded.data(), decoded_size}; }
  std::string_view raw() const { return {written.data(), written_size}; }
};

enum class EscapeRead : std::uint8_t {
  kEscape,
  kNone,  // the character stands for itself
  kMore,  // the text ends too early to say
};

// How a format writes escapes: the characters they begin with, and how one is read at the beginning
// of `text`. Never kMore when the text is complete.
struct EscapeSyntax {
  std::string_view marks;
  EscapeRead (*read)(std::string_view text, bool complete, Escape& escape);
};
// RFC 8259 §7. Half of a surrogate pair stands for U+FFFD.
extern const EscapeSyntax kJsonEscapes;
// URL Standard §5.1: '+' and percent-encoded bytes.
extern const EscapeSyntax kFormEscapes;

class Unescaper {
 public:
  Unescaper(const EscapeSyntax& syntax, std::deque<Escape>& escapes)
      : syntax_(syntax), escapes_(escapes) {}

  // What the next piece says; valid until the next call and as long as `piece` is. An escape that
  // is not whole is kept for the next piece.
  std::string_view feed(std::string_view piece, bool complete = false);
  // The next piece begins a new text.
  void restart() { at_ = 0; }

 private:
  const EscapeSyntax& syntax_;
  std::deque<Escape>& escapes_;
  std::size_t at_ = 0;   // in the decoded text
  std::string kept_;     // of an escape that is not whole
  std::string joined_;   // kept for its memory
  std::string decoded_;  // what was returned
};

class EscapedSink : public Sink {
 public:
  EscapedSink(const Masker& masker, std::deque<Escape>& escapes)
      : masker_(masker), escapes_(escapes) {}

  void pass(std::string_view bytes, std::string& out) final;
  void mask(std::size_t type, std::string_view value, std::string& out) final;
  void mask_more(std::string_view bytes, std::string& out) final;
  void end(std::string& out) final;

 protected:
  // Bytes as they are written, without escapes.
  virtual void text(std::string_view bytes, std::string& out) = 0;
  virtual void escape(std::string_view raw, std::string& out) = 0;
  // Bytes of a hit, as they are written; what takes its place is written when `fresh` is true.
  virtual void hide(std::string_view raw, std::string_view replacement, bool fresh,
                    std::string& out) = 0;
  // The first border in bytes without escapes, or npos.
  virtual std::size_t find_border(std::string_view bytes) const = 0;
  virtual void finish(std::string& out) = 0;

 private:
  bool crosses_border(std::string_view value) const;
  void hide_part(std::string_view raw, std::string& out);

  const Masker& masker_;
  std::deque<Escape>& escapes_;
  std::size_t at_ = 0;       // in the decoded text
  std::string replacement_;  // of the last hit
  bool fresh_ = false;       // it is not written yet on this side of a border
};

}  // namespace sallyport::mask
