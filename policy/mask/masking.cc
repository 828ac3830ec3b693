#include "policy/mask/masking.h"

#include <fmt/format.h>

#include "policy/mask/limits.h"
#include "policy/mask/stream.h"

namespace sallyport::mask {
namespace {

class PlainStream final : public MaskStream {
 public:
  explicit PlainStream(std::shared_ptr<const Masker> masker)
      : masker_(std::move(masker)), stream_(*masker_) {}

  void feed(std::string_view piece, std::string& out) override {
    stream_.feed(piece, out);
    count();
  }
  void finish(std::string& out) override {
    stream_.finish(out);
    count();
  }
  std::uint64_t masked() const override { return masked_; }

 private:
  void count() {
    masked_ += stream_.hits().size();
    stream_.hits().clear();
  }

  const std::shared_ptr<const Masker> masker_;  // shared with the masking and its other streams
  StreamMasker stream_;
  std::uint64_t masked_ = 0;
};

class DetectorMasking final : public Masking {
 public:
  DetectorMasking(Masker masker, Pointers pointers)
      : masker_(std::make_shared<const Masker>(std::move(masker))),
        pointers_(std::move(pointers)) {}

  std::unique_ptr<MaskStream> open(TextFormat) const override {
    return std::make_unique<PlainStream>(masker_);
  }
  bool covers(TextFormat format) const override {
    return pointers_.empty() || format == TextFormat::kJson || format == TextFormat::kEventStream;
  }

 private:
  const std::shared_ptr<const Masker> masker_;  // shared with the open streams
  const Pointers pointers_;
};

}  // namespace

std::shared_ptr<const Masking> make_masking(Masker masker) {
  return std::make_shared<DetectorMasking>(std::move(masker), Pointers());
}

Result<std::shared_ptr<const Masking>> make_masking(Masker masker,
                                                    const std::vector<Pointer>& pointers) {
  auto compiled = Pointers::make(pointers);
  if (!compiled) return compiled.error();
  if (compiled->hashes() && !masker.has_key())
    return Error{ErrorCode::kInvalid,
                 fmt::format("'hash' needs a key of at least {} bytes", kHashKeyBytes)};
  return std::shared_ptr<const Masking>(
      std::make_shared<DetectorMasking>(std::move(masker), std::move(*compiled)));
}

}  // namespace sallyport::mask
