// Whole texts before they are kept: read as they are, and once more with percent escapes decoded
// where they have any, so that a value in a URL is found however it is written. Made for a few
// texts and dropped: belongs to one thread. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/masking.h"

namespace sallyport {

class TextRedactor {
 public:
  // Null: nothing is redacted.
  explicit TextRedactor(std::shared_ptr<const Masking> masking);

  // What is kept in the text's place; null when that is the text itself. Valid until the next call.
  const std::string* redacted(std::string_view text);

 private:
  bool pass(std::unique_ptr<MaskStream>& stream, TextFormat format, std::string_view text,
            std::string& out);

  const std::shared_ptr<const Masking> masking_;  // shared with whoever redacts by the same rules
  std::unique_ptr<MaskStream> plain_;
  std::unique_ptr<MaskStream> form_;
  std::string out_;
  std::string decoded_;
};

}  // namespace sallyport
