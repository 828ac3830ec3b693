// Content as the record keeps it: without its codings, so that the store's redactor sees what is in
// it. Content that cannot be decoded is not kept, and a note stands in its place. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/masking.h"
#include "protocols/http/content.h"
#include "protocols/http/content_coding.h"
#include "protocols/http/message.h"

namespace sallyport::http {

class RecordedContent {
 public:
  RecordedContent() = default;
  explicit RecordedContent(const Fields& fields);

  // How the redactor is to read it.
  TextFormat format() const { return format_; }
  // It has no coding: it is kept as it comes, and none of the following is needed.
  bool plain() const { return state_ == State::kPlain; }
  // The next piece, when the one before is used up. It stays where it is until then.
  void give(Content content);
  // Appends a piece of bounded size. False: all that was given is used up.
  bool take(std::string& out);

 private:
  enum class State { kPlain, kDecoding, kUnreadable, kNoted };
  std::optional<ContentDecoder> decoder_;
  TextFormat format_ = TextFormat::kPlain;
  State state_ = State::kPlain;
  bool end_ = false;
};

}  // namespace sallyport::http
