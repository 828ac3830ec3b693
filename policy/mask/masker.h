// What is masked and with what: the detectors and patterns of one mask, and the text that takes the
// place of a hit. Immutable; may be used from any thread. Pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/config/secret.h"
#include "core/masking.h"
#include "core/result.h"
#include "policy/mask/limits.h"
#include "policy/mask/patterns.h"
#include "policy/mask/scanner.h"

namespace sallyport::mask {

// What stands for a value of which nothing is told.
inline constexpr std::string_view kRedacted = "****";

std::optional<MaskStyle> style_named(std::string_view name);

struct Settings {
  DetectorSet detectors = DetectorSet::all();
  std::array<MaskStyle, kDetectors> styles = all_in(MaskStyle::kRedact);  // by detector
  std::vector<NamedPattern> patterns;
  config::SecretBytes key;  // of kHash: at least kHashKeyBytes
  Classifier classifier = best_classifier();

  static constexpr std::array<MaskStyle, kDetectors> all_in(MaskStyle style) {
    std::array<MaskStyle, kDetectors> styles{};
    styles.fill(style);
    return styles;
  }
};

class Masker {
 public:
  // The error's detail names the setting at fault.
  static Result<Masker> make(Settings settings);

  // The whole text, masked. `hits` gets what was found, in order.
  std::string mask(std::string_view text, std::vector<Entity>* hits = nullptr) const;
  // Appends what takes the place of a hit, in the style of its type.
  void append_replacement(std::size_t type, std::string_view value, std::string& out) const;
  // The same for what is masked because of its place: `name` is what stands before its hash.
  void append_masked(MaskStyle style, std::string_view name, std::string_view value,
                     std::string& out) const;
  // False: nothing can be hashed.
  bool has_key() const { return key_.view().size() >= kHashKeyBytes; }
  // "CREDIT_CARD", or a pattern's own name.
  std::string_view label(std::size_t type) const;

  MaskStyle style(std::size_t type) const;

  const Scanner& scanner() const { return scanner_; }
  const Patterns& patterns() const { return patterns_; }

 private:
  Masker(const Settings& settings, Patterns patterns);
  void append_hash(std::string_view name, std::string value, std::string& out) const;
  std::string_view name(std::size_t type) const;

  Scanner scanner_;
  Patterns patterns_;
  std::array<MaskStyle, kDetectors> styles_;
  config::SecretBytes key_;
};

}  // namespace sallyport::mask
