#include "protocols/http/recorded_content.h"

#include "protocols/http/content_type.h"

namespace sallyport::http {

RecordedContent::RecordedContent(const Fields& fields)
    : format_(text_format(fields).value_or(TextFormat::kPlain)) {
  const std::optional<std::vector<Coding>> codings = read_codings(fields);
  if (!codings) {
    state_ = State::kUnreadable;
  } else if (!codings->empty()) {
    decoder_.emplace(*codings);
    state_ = State::kDecoding;
  }
}

void RecordedContent::give(Content content) {
  end_ = content.end;
  if (state_ == State::kDecoding) decoder_->give(content.bytes);
}

bool RecordedContent::take(std::string& out) {
  if (state_ == State::kDecoding) {
    Result<bool> more = decoder_->take(out);
    if (more && *more) return true;
    if (more && (!end_ || decoder_->finish())) return false;
    state_ = State::kUnreadable;
  }
  if (state_ == State::kUnreadable) {
    out += "[not kept: content whose coding cannot be undone]";
    state_ = State::kNoted;
  }
  return false;
}

}  // namespace sallyport::http
