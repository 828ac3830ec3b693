// The way of an answer's content through its screen: decoded, past the guard, through the masks and
// cut to a range, piece by piece. For any kind of message: what a piece is and when content ends is
// the caller's to know. Pure; used on one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "protocols/http/content.h"
#include "protocols/http/content_coding.h"
#include "protocols/http/screen.h"

namespace sallyport::http {

class ContentFilter {
 public:
  ContentFilter(const Screen& screen, const ContentPlan& plan);

  // The next piece, when the one before is used up. It stays where it is until then.
  void give(Content content);
  // Appends what may be passed on, a piece of bounded size. False: all that was given is used up;
  // at the end of the content everything is out then. kMalformed and kLimit are the decoder's;
  // kDenied: what should be masked is no text. After an error what came out so far is not the
  // whole, and the filter is over.
  Result<bool> take(std::string& out);

  std::uint64_t masked() const { return masks_ ? masks_->masked() : 0; }

 private:
  Result<void> pass(std::string_view bytes, std::string& out);
  Result<void> finish(std::string& out);
  bool begins_badly(std::string_view bytes);
  void guard(std::string_view bytes, bool end, std::string& out);
  void cut(std::string& out, std::size_t from);

  std::optional<ContentDecoder> decoder_;
  std::unique_ptr<MaskStream> guard_;
  std::unique_ptr<MaskStream> masks_;
  std::optional<Cut> cut_;
  bool must_be_text_;
  std::string start_;  // of the content, until it is seen to be text
  Content given_;
  std::string decoded_;
  std::string guarded_;
};

}  // namespace sallyport::http
