#include "core/masking.h"

namespace sallyport {
namespace {

class StreamInTurn final : public MaskStream {
 public:
  StreamInTurn(std::unique_ptr<MaskStream> first, std::unique_ptr<MaskStream> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  void feed(std::string_view piece, std::string& out) override {
    between_.clear();
    first_->feed(piece, between_);
    second_->feed(between_, out);
  }
  void finish(std::string& out) override {
    between_.clear();
    first_->finish(between_);
    second_->feed(between_, out);
    second_->finish(out);
  }
  std::uint64_t masked() const override { return first_->masked() + second_->masked(); }

 private:
  const std::unique_ptr<MaskStream> first_;
  const std::unique_ptr<MaskStream> second_;
  std::string between_;
};

class InTurn final : public Masking {
 public:
  // Shared with whoever else masks with them alone.
  InTurn(std::shared_ptr<const Masking> first, std::shared_ptr<const Masking> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::unique_ptr<MaskStream> open(TextFormat format) const override {
    return std::make_unique<StreamInTurn>(first_->open(format), second_->open(format));
  }
  bool covers(TextFormat format) const override {
    return first_->covers(format) && second_->covers(format);
  }

 private:
  const std::shared_ptr<const Masking> first_;
  const std::shared_ptr<const Masking> second_;
};

}  // namespace

std::shared_ptr<const Masking> in_turn(std::shared_ptr<const Masking> first,
                                       std::shared_ptr<const Masking> second) {
  if (first == nullptr) return second;
  if (second == nullptr) return first;
  return std::make_shared<InTurn>(std::move(first), std::move(second));
}

std::string Masking::apply(std::string_view text, TextFormat format, std::uint64_t* masked) const {
  std::string out;
  std::unique_ptr<MaskStream> stream = open(format);
  stream->feed(text, out);
  stream->finish(out);
  if (masked != nullptr) *masked += stream->masked();
  return out;
}

}  // namespace sallyport
