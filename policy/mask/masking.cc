#include "policy/mask/masking.h"

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
  explicit DetectorMasking(Masker masker)
      : masker_(std::make_shared<const Masker>(std::move(masker))) {}

  std::unique_ptr<MaskStream> open(TextFormat) const override {
    return std::make_unique<PlainStream>(masker_);
  }
  bool covers(TextFormat) const override { return true; }

 private:
  const std::shared_ptr<const Masker> masker_;  // shared with the open streams
};

}  // namespace

std::shared_ptr<const Masking> make_masking(Masker masker) {
  return std::make_shared<DetectorMasking>(std::move(masker));
}

}  // namespace sallyport::mask
