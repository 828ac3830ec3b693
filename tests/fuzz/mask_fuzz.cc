// Masking: no text upsets it, every way to cut it gives the same, every classifier finds the same,
// and hits are in order and do not overlap.
#include <cstdint>
#include <cstdlib>

#include "policy/mask/stream.h"

using namespace sallyport::mask;

namespace {

Masker make(Classifier classifier) {
  Settings settings;
  settings.classifier = classifier;
  settings.patterns = {{"badge", "\\bB-[0-9]{3}"}};
  auto masker = Masker::make(std::move(settings));
  if (!masker) std::abort();
  return std::move(*masker);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Masker kBest = make(best_classifier());
  static const Masker kScalar = make(classify_scalar);
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<Entity> hits;
  const std::string whole = kBest.mask(text, &hits);
  std::vector<Entity> others;
  if (kScalar.mask(text, &others) != whole || others != hits) std::abort();
  std::size_t end = 0;
  for (const Entity& hit : hits) {
    if (hit.start < end || hit.start >= hit.end || hit.end > text.size()) std::abort();
    end = hit.end;
  }
  // The first byte says how long the pieces are.
  const std::size_t length = 1 + data[0];
  StreamMasker stream(kBest);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += length)
    stream.feed(text.substr(at, length), out);
  stream.finish(out);
  if (out != whole || stream.hits() != hits) std::abort();
  return 0;
}
