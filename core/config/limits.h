// Limits of the configuration and policy readers, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::config {

// Bytes of a YAML document: thousands of rules or targets, and still read in a moment.
inline constexpr std::size_t kYamlBytes = 4u << 20;
// Levels of sequences and maps: the deepest thing we define is a policy's `when`, some ten levels.
inline constexpr std::size_t kYamlDepth = 64;
// Sequences, maps and scalars of one document: bounds what 4 MiB of one-byte items cost in memory.
inline constexpr std::size_t kYamlNodes = 200'000;
// Flow brackets open at once, quoted ones included: yaml-cpp keeps a simple-key candidate for each
// before it reports the first, so this bounds its memory before our own depth limit can.
inline constexpr std::size_t kYamlOpenBrackets = 1'000;
// Bytes of a secret file: a long certificate chain with its key.
inline constexpr std::size_t kSecretBytes = 64u << 10;

// Bytes of a sealed secret's name: as long as a DNS name's label twice over.
inline constexpr std::size_t kSecretName = 128;
// How long a program may take to print a secret: a round trip to a secret store on the network.
inline constexpr std::chrono::seconds kSecretCommand{10};
// Levels at which a claim may lie in a token: identity/limits.h reads 16 at most.
inline constexpr std::size_t kClaimSteps = 8;
// Values that one required claim may take, and claims that may be required of one issuer's tokens:
// each is compared with every token.
inline constexpr std::size_t kClaimValues = 100;
inline constexpr std::size_t kRequiredClaims = 32;

}  // namespace sallyport::config
