// From character classes to anchors: for each kind of hit, the bits at which one may be. Shapes are
// shifts and ands over the classes of a window. An anchor is never missing where a hit is; a
// verifier says whether there is one. Pure.
#pragma once

#include <array>

#include "policy/mask/classes.h"

namespace sallyport::mask {

// Which byte of the candidate the bit stands for is said here, and known to the verifier.
enum class Anchor : std::uint8_t {
  kCard,         // the first digit of a group
  kSsn,          // the first digit
  kBareSsn,      // the first of nine digits
  kEmail,        // the '@'
  kPlusPhone,    // the '+'
  kPhone,        // the first digit of the area code
  kParenPhone,   // the '(' before the area code
  kIban,         // the first letter
  kAwsKey,       // the first letter
  kAwsSecret,    // the first character
  kJwt,          // the 'e'
  kPem,          // the first of five hyphens
  kGithubToken,  // the last '_'
  kSlackToken,   // the 'x'
  kSlackHook,    // the first '.' of ".slack.com"
  kIpv4,         // the first '.'
};
inline constexpr std::size_t kAnchors = 16;

struct AnchorMasks {
  std::array<std::uint64_t, kAnchors> of{};
  std::uint64_t any = 0;
};

// Bits kBefore to kBefore + kOwn - 1 of the window; the others are clear.
AnchorMasks find_anchors(const Classes& window);

}  // namespace sallyport::mask
