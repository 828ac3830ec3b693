#include "protocols/http/content_filter.h"

#include <algorithm>

#include "protocols/http/content_type.h"
#include "protocols/http/limits.h"

namespace sallyport::http {

ContentFilter::ContentFilter(const Screen& screen, const ContentPlan& plan)
    : cut_(plan.cut), must_be_text_(plan.format && !screen.pass_unreadable) {
  if (!plan.codings.empty()) decoder_.emplace(plan.codings);
  const TextFormat format = plan.format.value_or(TextFormat::kPlain);
  if (screen.guard) guard_ = screen.guard->open(format);
  if (screen.masks && plan.format) masks_ = screen.masks->open(format);
}

void ContentFilter::give(Content content) {
  given_ = content;
  if (decoder_) decoder_->give(content.bytes);
}

Result<bool> ContentFilter::take(std::string& out) {
  const std::size_t before = out.size();
  if (!decoder_) {
    if (Result<void> passed = pass(given_.bytes, out); !passed) return passed.error();
  }
  while (decoder_) {
    decoded_.clear();
    Result<bool> more = decoder_->take(decoded_);
    if (!more) return more;
    if (!*more) break;
    if (Result<void> passed = pass(decoded_, out); !passed) return passed.error();
    if (out.size() - before >= kDecodedPiece) return true;
  }
  if (given_.end) {
    if (Result<void> finished = finish(out); !finished) return finished.error();
  }
  return false;
}

Result<void> ContentFilter::pass(std::string_view bytes, std::string& out) {
  if (begins_badly(bytes))
    return Error{ErrorCode::kDenied, "its content is not the text that its type says"};
  guard(bytes, false, out);
  return {};
}

Result<void> ContentFilter::finish(std::string& out) {
  if (decoder_) {
    if (Result<void> whole = decoder_->finish(); !whole) return whole;
  }
  guard({}, true, out);
  if (cut_ && cut_->keep > 0)
    return Error{ErrorCode::kMalformed, "the content is shorter than its range"};
  return {};
}

bool ContentFilter::begins_badly(std::string_view bytes) {
  if (!must_be_text_ || start_.size() == kTextStart) return false;
  start_.append(bytes.substr(0, kTextStart - start_.size()));
  return begins_like_no_text(start_);
}

// Past the guard, when there is one, and on.
void ContentFilter::guard(std::string_view bytes, bool end, std::string& out) {
  const std::size_t from = out.size();
  std::string& guarded = masks_ ? guarded_ : out;
  if (guard_) {
    if (masks_) guarded_.clear();
    guard_->feed(bytes, guarded);
    if (end) guard_->finish(guarded);
    if (masks_) bytes = guarded_;
  }
  if (masks_) {
    masks_->feed(bytes, out);
    if (end) masks_->finish(out);
  } else if (!guard_) {
    out.append(bytes);
  }
  if (cut_) cut(out, from);
}

// Leaves of what was appended to `out` what lies in the range.
void ContentFilter::cut(std::string& out, std::size_t from) {
  const std::size_t appended = out.size() - from;
  const std::size_t skipped =
      static_cast<std::size_t>(std::min<std::uint64_t>(cut_->skip, appended));
  out.erase(from, skipped);
  cut_->skip -= skipped;
  const std::size_t kept =
      static_cast<std::size_t>(std::min<std::uint64_t>(cut_->keep, appended - skipped));
  out.resize(from + kept);
  cut_->keep -= kept;
}

}  // namespace sallyport::http
