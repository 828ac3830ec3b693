// The signature algorithms that are verified (RFC 7518 §3.1, RFC 8037 §3.1): asymmetric ones only,
// so that no public key can be taken for a shared secret, and never `none`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace sallyport::identity {

enum class Algorithm {
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa
};

// What kind of key an algorithm takes.
enum class KeyType { kRsa, kP256, kP384, kP521, kEd25519 };

std::optional<Algorithm> parse_algorithm(std::string_view name);  // case-sensitive
std::string_view to_string(Algorithm algorithm);
KeyType key_type(Algorithm algorithm);

// All of them: each is sound, and the key says which one it is for.
const std::vector<Algorithm>& default_algorithms();
// The configured names, or the default when there are none.
Result<std::vector<Algorithm>> parse_algorithms(const std::vector<std::string>& names);

}  // namespace sallyport::identity
