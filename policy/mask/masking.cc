#include "policy/mask/masking.h"

#include <fmt/format.h>

#include "policy/mask/limits.h"
#include "policy/mask/streams.h"

namespace sallyport::mask {
namespace {

class DetectorMasking final : public Masking {
 public:
  DetectorMasking(Masker masker, Pointers pointers)
      : rules_(std::make_shared<const Rules>(Rules{std::move(masker), std::move(pointers)})) {}

  std::unique_ptr<MaskStream> open(TextFormat format) const override {
    switch (format) {
      case TextFormat::kPlain:
        break;
      case TextFormat::kJson:
        return open_json(rules_);
      case TextFormat::kForm:
        return open_form(rules_);
      case TextFormat::kEventStream:
        return open_events(rules_);
    }
    return open_plain(rules_);
  }

  bool covers(TextFormat format) const override {
    return rules_->pointers.empty() || format == TextFormat::kJson ||
           format == TextFormat::kEventStream;
  }

 private:
  const SharedRules rules_;
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
