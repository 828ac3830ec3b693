// Masking of JSON, forms and event streams: every way to cut a text gives the same, JSON stays
// JSON, and a card behind the text is never in what comes out.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "policy/mask/masking.h"

using namespace sallyport;
using namespace sallyport::mask;

namespace {

constexpr std::string_view kCard = "4111111111111111";

std::shared_ptr<const Masking> make(const std::vector<Pointer>& pointers) {
  Settings settings;
  settings.styles = Settings::all_in(MaskStyle::kPartial);
  settings.patterns = {{"badge", "B-[0-9]{3}"}, {"pair", "a.*z", MaskStyle::kHash}};
  settings.key = config::SecretBytes("0123456789abcdef");
  auto masker = Masker::make(std::move(settings));
  if (!masker) std::abort();
  auto masking = make_masking(std::move(*masker), pointers);
  if (!masking) std::abort();
  return *masking;
}

std::string in_pieces(const Masking& masking, TextFormat format, std::string_view text,
                      std::size_t length) {
  const auto stream = masking.open(format);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += length)
    stream->feed(text.substr(at, length), out);
  stream->finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kPlaces = make({{"/a", {}}, {"/*/0", MaskStyle::kPartial}});
  static const auto kDetectors = make({});
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  // The first byte says what is read how, the second how long the pieces are.
  const Masking& masking = data[0] % 2 == 0 ? *kDetectors : *kPlaces;
  const std::size_t length = 1 + data[1];
  struct Way {
    TextFormat format;
    std::string_view before_card, after_card;
  };
  static constexpr Way kWays[] = {{TextFormat::kJson, "\n[\"", "\"]"},
                                  {TextFormat::kForm, "&c=", ""},
                                  {TextFormat::kEventStream, "\n\ndata: {\"c\":", "}\n\n"}};
  const Way& way = kWays[data[0] / 2 % 3];
  const std::string whole = masking.apply(text, way.format);
  if (in_pieces(masking, way.format, text, length) != whole) std::abort();
  // The library takes a NUL for the end.
  const bool valid = text.find('\0') == text.npos && nlohmann::json::accept(text);
  if (way.format == TextFormat::kJson && valid && !nlohmann::json::accept(whole)) std::abort();
  std::string behind(text);
  behind.append(way.before_card).append(kCard).append(way.after_card);
  const std::string out = in_pieces(masking, way.format, behind, length);
  if (text.find(kCard) == text.npos && out.find(kCard) != out.npos) std::abort();
  return 0;
}
