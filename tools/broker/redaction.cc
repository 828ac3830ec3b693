#include "tools/broker/redaction.h"

#include <fmt/format.h>

#include "policy/mask/limits.h"
#include "policy/mask/masking.h"

namespace sallyport::broker {
namespace {

using config::Redaction;

mask::DetectorSet detectors_of(const Redaction& redact) {
  if (redact.all) return mask::DetectorSet::all();
  mask::DetectorSet set;
  for (const Redaction::Item& item : redact.detect)
    if (const auto detector = mask::detector_named(item.name)) set.add(*detector);
  return set;
}

std::vector<mask::NamedPattern> patterns_of(const Redaction& redact) {
  std::vector<mask::NamedPattern> patterns;
  for (const Redaction::Pattern& pattern : redact.patterns)
    patterns.push_back({pattern.name, pattern.regex, redact.with});
  return patterns;
}

Result<std::shared_ptr<const Masking>> make(const Redaction& redact, mask::DetectorSet detectors,
                                            std::string_view key) {
  if (detectors.empty() && redact.patterns.empty()) return std::shared_ptr<const Masking>();
  mask::Settings settings;
  settings.detectors = detectors;
  settings.styles = mask::Settings::all_in(redact.with);
  settings.patterns = patterns_of(redact);
  settings.key = config::SecretBytes(std::string(key));
  auto masker = mask::Masker::make(std::move(settings));
  if (!masker) return masker.error();
  return mask::make_masking(*std::move(masker));
}

std::string unknown_detector(const std::string& name) {
  std::vector<std::string> known = {"all"};
  for (std::size_t i = 0; i < mask::kDetectors; ++i)
    known.emplace_back(mask::name_of(static_cast<mask::Detector>(i)));
  const auto meant = config::nearest(name, known);
  return fmt::format("there is no detector \"{}\"{}", name,
                     meant ? fmt::format("; did you mean \"{}\"?", *meant)
                           : "; `sallyport mask --help` lists them");
}

}  // namespace

void check_redaction(const config::Config& config, config::Problems& problems,
                     config::Problems* warnings) {
  const Redaction& redact = config.audit.redact;
  const std::size_t before = problems.list().size();
  for (const Redaction::Item& item : redact.detect)
    if (item.name != "all" && !mask::detector_named(item.name))
      problems.add(config.path, item.position, unknown_detector(item.name));
  for (std::size_t i = 0; i < redact.patterns.size(); ++i)
    if (auto good = mask::Patterns::make({patterns_of(redact)[i]}); !good)
      problems.add(config.path, redact.patterns[i].position, good.error().detail);
  if (problems.list().size() != before) return;
  const std::string key(mask::kHashKeyBytes, '\0');
  if (auto made = make(redact, detectors_of(redact), key); !made) {
    problems.add(config.path, redact.position, "audit.redact: " + made.error().detail);
  } else if (*made == nullptr && warnings != nullptr) {
    warnings->add(config.path, redact.position,
                  "audit.redact detects nothing: personal data and secrets are kept as they are");
  }
}

Result<Redactors> make_redactors(const config::Config& config, std::string_view key) {
  const Redaction& redact = config.audit.redact;
  const mask::DetectorSet detectors = detectors_of(redact);
  mask::DetectorSet without_addresses;
  for (std::size_t i = 0; i < mask::kDetectors; ++i) {
    const auto detector = static_cast<mask::Detector>(i);
    if (detectors.has(detector) && detector != mask::Detector::kIpv4)
      without_addresses.add(detector);
  }
  auto record = make(redact, detectors, key);
  if (!record) return record.error();
  auto log = make(redact, without_addresses, key);
  if (!log) return log.error();
  return Redactors{*std::move(record), *std::move(log)};
}

}  // namespace sallyport::broker
