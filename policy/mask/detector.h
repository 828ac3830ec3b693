// The built-in detectors by name. What each counts as a hit is written in docs/masking.md. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::mask {

enum class Detector : std::uint8_t {
  kCard,
  kSsn,
  kEmail,
  kPhone,
  kIban,
  kAwsKey,
  kAwsSecret,
  kJwt,
  kPrivateKey,
  kGithubToken,
  kSlackToken,
  kIpv4,
};
inline constexpr std::size_t kDetectors = 12;

// "card": the name in policies and on the command line.
std::string_view name_of(Detector detector);
// "CREDIT_CARD": the type of a hit.
std::string_view label_of(Detector detector);
std::optional<Detector> detector_named(std::string_view name);

class DetectorSet {
 public:
  static DetectorSet all() {
    DetectorSet set;
    set.bits_ = (1u << kDetectors) - 1;
    return set;
  }
  void add(Detector detector) { bits_ |= 1u << static_cast<unsigned>(detector); }
  bool has(Detector detector) const { return (bits_ >> static_cast<unsigned>(detector) & 1u) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  unsigned bits_ = 0;
};

// One hit: bytes [start, end). `type` is a Detector's number, or kDetectors + the number of a named
// pattern.
struct Entity {
  std::size_t type = 0;
  std::size_t start = 0;
  std::size_t end = 0;
  bool operator==(const Entity&) const = default;
};

}  // namespace sallyport::mask
