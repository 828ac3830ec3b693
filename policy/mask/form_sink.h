// Writes down the pairs of application/x-www-form-urlencoded (URL Standard §5): what takes the
// place of a hit is percent-encoded, and a hit never joins two pairs, or a name and its value.
// Pure.
#pragma once

#include "policy/mask/escapes.h"

namespace sallyport::mask {

class FormSink final : public EscapedSink {
 public:
  using EscapedSink::EscapedSink;

 private:
  void text(std::string_view bytes, std::string& out) override;
  void escape(std::string_view raw, std::string& out) override { out.append(raw); }
  void hide(std::string_view raw, std::string_view replacement, bool fresh,
            std::string& out) override;
  std::size_t find_border(std::string_view bytes) const override;
  void finish(std::string&) override { in_value_ = false; }

  bool in_value_ = false;  // behind the first '=' of a pair
};

}  // namespace sallyport::mask
