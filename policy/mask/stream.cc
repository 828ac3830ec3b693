#include "policy/mask/stream.h"

#include <algorithm>

#include "policy/mask/limits.h"

namespace sallyport::mask {

void StreamMasker::feed(std::string_view piece, std::string& out) {
  if (swallow_ != nullptr) piece.remove_prefix(swallow(piece, out));
  if (piece.empty()) return;
  buffer_.append(piece);
  if (buffer_.size() >= next_look_) decide(false, out);
}

void StreamMasker::finish(std::string& out) {
  decide(true, out);
  sink_.end(out);
  buffer_.clear();
  base_ = from_ = window_ = next_look_ = 0;
  matches_.clear();
  swallow_ = nullptr;
}

// The last hit has no end yet: takes what belongs to it, which is context for what follows.
std::size_t StreamMasker::swallow(std::string_view piece, std::string& out) {
  std::size_t count = 0;
  while (count < piece.size() && swallow_(piece[count])) ++count;
  if (count < piece.size()) swallow_ = nullptr;
  sink_.mask_more(piece.substr(0, count), out);
  buffer_.append(piece.substr(0, count));
  from_ += count;
  if (!hits_.empty()) hits_.back().end += count;
  forget_settled();
  return count;
}

// What is known of the buffer now, ordered.
void StreamMasker::find(bool complete) {
  findings_.clear();
  const std::size_t first = from_ > kHitBytes ? from_ - kHitBytes : 0;
  masker_.scanner().scan(buffer_, first, complete, findings_);
  const std::size_t found = findings_.hits.size();
  window_ = masker_.patterns().scan(buffer_, window_, complete, findings_);
  matches_.insert(matches_.end(), findings_.hits.begin() + static_cast<std::ptrdiff_t>(found),
                  findings_.hits.end());
  findings_.hits.resize(found);
  findings_.hits.insert(findings_.hits.end(), matches_.begin(), matches_.end());
  resolve(findings_.hits, from_);
}

void StreamMasker::decide(bool complete, std::string& out) {
  find(complete);
  const std::string_view bytes = buffer_;
  for (const Entity& hit : findings_.hits) {
    if (hit.start >= findings_.settled) break;
    if (hit.start > from_) sink_.pass(bytes.substr(from_, hit.start - from_), out);
    sink_.mask(hit.type, bytes.substr(hit.start, hit.end - hit.start), out);
    hits_.push_back({hit.type, base_ + hit.start, base_ + hit.end});
    from_ = hit.end;
  }
  if (findings_.settled > from_) {
    sink_.pass(bytes.substr(from_, findings_.settled - from_), out);
    from_ = findings_.settled;
  }
  if (findings_.continues != nullptr && from_ == bytes.size()) swallow_ = findings_.continues;
  forget_settled();
  // A token that stays open for long is not read again for every byte that is added to it.
  const std::size_t held = buffer_.size() - from_;
  next_look_ = held > kContextBytes ? buffer_.size() + held / 8 : 0;
}

void StreamMasker::forget_settled() {
  std::size_t gone = from_ > kContextBytes ? from_ - kContextBytes : 0;
  gone = std::min(gone, window_ > 0 ? window_ - 1 : 0);
  std::erase_if(matches_, [this](const Entity& match) { return match.end <= from_; });
  for (Entity& match : matches_) {
    match.start -= std::min(match.start, gone);
    match.end -= gone;
  }
  buffer_.erase(0, gone);
  base_ += gone;
  from_ -= gone;
  window_ -= gone;
}

}  // namespace sallyport::mask
