// Writes down a JSON text (RFC 8259), or several in a row, so that what was valid stays valid: what
// takes the place of a hit in a string is escaped, and a number or literal that is hit becomes a
// string. Only strings are told from what is between them; a text that is not JSON is written down
// like any other. Pure.
#pragma once

#include "policy/mask/escapes.h"

namespace sallyport::mask {

// As the inside of a JSON string.
void append_json_escaped(std::string& out, std::string_view text);
// A number, true, false or null (RFC 8259 §3, §6).
bool is_json_scalar(std::string_view text);
bool is_json_space(char c);

class JsonSink final : public EscapedSink {
 public:
  using EscapedSink::EscapedSink;

 private:
  void text(std::string_view bytes, std::string& out) override;
  void escape(std::string_view raw, std::string& out) override;
  void hide(std::string_view raw, std::string_view replacement, bool fresh,
            std::string& out) override;
  std::size_t find_border(std::string_view bytes) const override;
  void finish(std::string& out) override;

  void add_to_run(std::string_view raw, std::string_view shown, std::string& out);
  void end_run(std::string& out);

  bool in_string_ = false;
  // A run: bytes outside of strings up to the next border. It is held as long as it may be a
  // scalar, which is replaced as a whole.
  std::string run_;
  std::string shown_;    // what it becomes if it is none
  std::string instead_;  // what it becomes if it is one; empty when there is no hit in it
  bool loose_ = false;   // it is none
};

}  // namespace sallyport::mask
