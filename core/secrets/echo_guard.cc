#include "core/secrets/echo_guard.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "core/secrets/limits.h"
#include "core/secrets/needle_index.h"

namespace sallyport::secrets {
namespace {

using SharedIndex = std::shared_ptr<const NeedleIndex>;  // by the guard and its streams

class GuardStream final : public MaskStream {
 public:
  explicit GuardStream(SharedIndex index) : index_(std::move(index)) {}
  GuardStream(const GuardStream&) = delete;
  GuardStream& operator=(const GuardStream&) = delete;
  ~GuardStream() override { OPENSSL_cleanse(held_.data(), held_.size()); }

  void feed(std::string_view piece, std::string& out) override {
    if (held_.empty()) {
      held_ = piece.substr(release(piece, false, out));
    } else {
      held_.append(piece);
      held_.erase(0, release(held_, false, out));
    }
  }

  void finish(std::string& out) override {
    release(held_, true, out);
    held_.clear();
    covered_ = 0;
  }

  std::uint64_t masked() const override { return masked_; }

 private:
  // Appends what is decided of the text, and returns how much that is.
  std::size_t release(std::string_view text, bool complete, std::string& out) {
    found_.clear();
    const std::size_t decided = index_->find(text, complete, found_);
    std::sort(found_.begin(), found_.end());
    const std::size_t begin = out.size();
    out.append(text.substr(0, decided));
    const auto cover = [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < std::min(to, decided); ++i)
        if (char& c = out[begin + i]; c != '\r' && c != '\n') c = '*';
    };
    cover(0, covered_);
    for (const Span& span : found_) {
      if (span.start >= decided) break;
      if (span.start >= covered_) ++masked_;
      cover(std::max(span.start, covered_), span.end);
      covered_ = std::max(covered_, span.end);
    }
    covered_ -= std::min(covered_, decided);
    return decided;
  }

  const SharedIndex index_;
  std::string held_;
  std::size_t covered_ = 0;  // bytes of what is held that belong to an occurrence
  std::uint64_t masked_ = 0;
  std::vector<Span> found_;  // kept for its memory
};

class EchoGuard final : public Masking {
 public:
  explicit EchoGuard(std::vector<Needle> needles)
      : index_(std::make_shared<const NeedleIndex>(std::move(needles))) {}

  std::unique_ptr<MaskStream> open(TextFormat) const override {
    return std::make_unique<GuardStream>(index_);
  }
  bool covers(TextFormat) const override { return true; }

 private:
  const SharedIndex index_;
};

}  // namespace

bool is_guarded(std::string_view secret) { return secret.size() >= kGuardedBytes; }

std::shared_ptr<const Masking> make_echo_guard(std::span<const std::string_view> secrets) {
  std::vector<Needle> needles = needles_of(secrets);
  if (needles.empty()) return nullptr;
  return std::make_shared<EchoGuard>(std::move(needles));
}

std::shared_ptr<const Masking> make_echo_guard(std::string_view secret) {
  return make_echo_guard(std::span(&secret, 1));
}

}  // namespace sallyport::secrets
