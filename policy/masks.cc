#include "policy/masks.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/mask/masking.h"

namespace sallyport::policy {
namespace {

using Kind = MaskItem::Kind;

std::string_view prefix_of(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "";
    case Kind::kColumn:
      return "columns:";
    case Kind::kPointer:
      return "json:";
  }
  return "";
}

std::string_view suffix_of(MaskStyle style) {
  switch (style) {
    case MaskStyle::kPartial:
      return ":partial";
    case MaskStyle::kHash:
      return ":hash";
    case MaskStyle::kRedact:
      return "";
  }
  return "";
}

void tighten(std::optional<bool>& lenient, const std::optional<bool>& other) {
  if (other) lenient = lenient.value_or(true) && *other;
}

}  // namespace

void MaskSet::add(const RuleMask& mask) {
  for (const MaskItem& item : mask.items) {
    const auto [known, fresh] = wanted_.emplace(Name(item.kind, item.name), item.style);
    if (!fresh) known->second = std::max(known->second, item.style);
  }
  tighten(pass_unreadable_, mask.pass_unreadable);
  tighten(mask_derived_, mask.mask_derived);
}

std::vector<std::string> MaskSet::names() const {
  std::vector<std::string> names;
  for (const auto& [name, style] : wanted_)
    names.push_back(fmt::format("{}{}{}", prefix_of(name.first), name.second, suffix_of(style)));
  if (pass_unreadable_.value_or(false)) names.emplace_back("unreadable:pass");
  if (mask_derived_.value_or(false)) names.emplace_back("derived:mask");
  return names;
}

std::optional<Masks> MaskSet::compile(const std::vector<MaskPattern>& known, const MaskKey& key,
                                      SharedCache<Masking>& cache) const {
  Masks masks;
  masks.names = names();
  masks.pass_unreadable = pass_unreadable_.value_or(false);
  masks.mask_derived = mask_derived_.value_or(false);
  for (const auto& [name, style] : wanted_)
    if (name.first == Kind::kColumn) masks.columns.push_back({name.second, style});
  if (masks.columns.size() == wanted_.size()) return masks;
  masks.texts = cache.find_or(texts_key(), [&] { return make_texts(known, key); });
  if (masks.texts == nullptr) return std::nullopt;
  return masks;
}

// Says all about what make_texts() makes: patterns and key are the policy's.
std::string MaskSet::texts_key() const {
  std::string key;
  for (const auto& [name, style] : wanted_)
    if (name.first != Kind::kColumn)
      key += fmt::format("{} {} {}:{}", static_cast<int>(name.first), static_cast<int>(style),
                         name.second.size(), name.second);
  return key;
}

std::shared_ptr<const Masking> MaskSet::make_texts(const std::vector<MaskPattern>& known,
                                                   const MaskKey& key) const {
  mask::Settings settings;
  settings.detectors = {};
  std::vector<mask::Pointer> pointers;
  if (key != nullptr) settings.key = config::SecretBytes(std::string(key->view()));
  for (const auto& [name, wanted] : wanted_) {
    const bool keyless = key == nullptr && wanted == MaskStyle::kHash;
    const MaskStyle style = keyless ? MaskStyle::kRedact : wanted;
    if (name.first == Kind::kPointer) pointers.push_back({name.second, style});
    if (name.first != Kind::kText) continue;
    if (const auto detector = mask::detector_named(name.second)) {
      settings.detectors.add(*detector);
      settings.styles[static_cast<std::size_t>(*detector)] = style;
      continue;
    }
    const auto pattern = std::ranges::find(known, name.second, &MaskPattern::name);
    if (pattern == known.end()) return nullptr;
    settings.patterns.push_back({pattern->name, pattern->regex, style});
  }
  auto masker = mask::Masker::make(std::move(settings));
  if (!masker) return nullptr;
  auto made = mask::make_masking(std::move(*masker), pointers);
  return made ? *made : nullptr;
}

}  // namespace sallyport::policy
