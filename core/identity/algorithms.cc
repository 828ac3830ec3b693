#include "core/identity/algorithms.h"

#include <array>

namespace sallyport::identity {
namespace {

struct Row {
  Algorithm algorithm;
  std::string_view name;
  KeyType key;
};

constexpr std::array<Row, 10> kTable = {{{Algorithm::kRs256, "RS256", KeyType::kRsa},
                                         {Algorithm::kRs384, "RS384", KeyType::kRsa},
                                         {Algorithm::kRs512, "RS512", KeyType::kRsa},
                                         {Algorithm::kPs256, "PS256", KeyType::kRsa},
                                         {Algorithm::kPs384, "PS384", KeyType::kRsa},
                                         {Algorithm::kPs512, "PS512", KeyType::kRsa},
                                         {Algorithm::kEs256, "ES256", KeyType::kP256},
                                         {Algorithm::kEs384, "ES384", KeyType::kP384},
                                         {Algorithm::kEs512, "ES512", KeyType::kP521},
                                         {Algorithm::kEdDsa, "EdDSA", KeyType::kEd25519}}};

const Row& row_of(Algorithm algorithm) {
  for (const Row& row : kTable) {
    if (row.algorithm == algorithm) return row;
  }
  broken_invariant("an algorithm outside its table");
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (const Row& row : kTable) {
    if (row.name == name) return row.algorithm;
  }
  return std::nullopt;
}

std::string_view to_string(Algorithm algorithm) { return row_of(algorithm).name; }

KeyType key_type(Algorithm algorithm) { return row_of(algorithm).key; }

const std::vector<Algorithm>& default_algorithms() {
  static const std::vector<Algorithm> kAll = [] {
    std::vector<Algorithm> all;
    for (const Row& row : kTable) all.push_back(row.algorithm);
    return all;
  }();
  return kAll;
}

Result<std::vector<Algorithm>> parse_algorithms(const std::vector<std::string>& names) {
  if (names.empty()) return default_algorithms();
  std::vector<Algorithm> algorithms;
  for (const std::string& name : names) {
    const std::optional<Algorithm> algorithm = parse_algorithm(name);
    if (!algorithm)
      return Error{ErrorCode::kInvalid, "\"" + name + "\" is not an algorithm we know"};
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

}  // namespace sallyport::identity
