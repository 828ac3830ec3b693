#include "policy/mask/detector.h"

#include <array>

namespace sallyport::mask {
namespace {

struct Names {
  std::string_view name;
  std::string_view label;
};

constexpr std::array<Names, kDetectors> kNames{{
    {"card", "CREDIT_CARD"},
    {"ssn", "US_SSN"},
    {"email", "EMAIL"},
    {"phone", "PHONE"},
    {"iban", "IBAN"},
    {"aws_key", "AWS_ACCESS_KEY_ID"},
    {"aws_secret", "AWS_SECRET_KEY"},
    {"jwt", "JWT"},
    {"private_key", "PEM_PRIVATE_KEY"},
    {"github_token", "GITHUB_TOKEN"},
    {"slack_token", "SLACK_TOKEN"},
    {"ipv4", "IPV4"},
}};

}  // namespace

std::string_view name_of(Detector detector) {
  return kNames[static_cast<std::size_t>(detector)].name;
}

std::string_view label_of(Detector detector) {
  return kNames[static_cast<std::size_t>(detector)].label;
}

std::optional<Detector> detector_named(std::string_view name) {
  for (std::size_t i = 0; i < kDetectors; ++i)
    if (kNames[i].name == name) return static_cast<Detector>(i);
  return std::nullopt;
}

}  // namespace sallyport::mask
