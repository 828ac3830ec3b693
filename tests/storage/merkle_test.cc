#include "storage/merkle.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

using namespace sallyport;
using namespace sallyport::storage;

namespace {

nlohmann::json vectors() {
  std::ifstream in(std::string(SALLYPORT_TEST_DATA) + "/rfc6962_vectors.json");
  return nlohmann::json::parse(in);
}

std::string unhex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

std::vector<Hash> path_of(const nlohmann::json& hexes) {
  std::vector<Hash> out;
  for (const auto& hex : hexes) out.push_back(parse_hash(hex.get<std::string>()).value());
  return out;
}

// A tree kept as the store keeps it: with each leaf the hashes that it completes.
struct Tree {
  Hasher hasher;
  Frontier frontier;
  std::vector<std::string> rows;
  void add(const std::string& leaf) {
    std::string hashes;
    frontier.append(hasher, leaf, hashes);
    rows.push_back(hashes);
  }
  NodeReader reader() {
    return [this](unsigned level, std::uint64_t index) -> Result<Hash> {
      std::uint64_t n = ((index + 1) << level) - 1;
      if (n >= rows.size() || rows[n].size() < (level + 1) * 32)
        return Error{ErrorCode::kNotFound, "no such node"};
      return parse_hash(to_hex(std::string_view(rows[n]).substr(level * 32, 32))).value();
    };
  }
};

}  // namespace

TEST_CASE("The tree has the roots, inclusion and consistency proofs of RFC 6962") {
  auto data = vectors();
  Tree tree;
  auto inputs = data["leaf_inputs_hex"];
  CHECK(to_hex(as_text(tree.frontier.root(tree.hasher))) == data["roots_hex"]["0"]);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::string leaf = unhex(inputs[i]);
    CHECK(to_hex(as_text(leaf_hash(tree.hasher, leaf))) == data["leaf_hashes_hex"][i]);
    tree.add(leaf);
    CHECK(to_hex(as_text(tree.frontier.root(tree.hasher))) ==
          data["roots_hex"][std::to_string(i + 1)]);
  }
  auto root = [&](std::uint64_t size) { return root_of(tree.hasher, size, tree.reader()).value(); };
  for (const auto& one : data["inclusion"]) {
    std::uint64_t index = one["index"];
    std::uint64_t size = one["size"];
    auto path = inclusion_proof(tree.hasher, index, size, tree.reader());
    REQUIRE(path);
    CHECK(*path == path_of(one["path"]));
    Hash leaf = leaf_hash(tree.hasher, unhex(inputs[index]));
    CHECK(verify_inclusion(tree.hasher, leaf, index, size, *path, root(size)));
    CHECK_FALSE(verify_inclusion(tree.hasher, leaf, index, size, *path, Hash{}));
  }
  for (const auto& one : data["consistency"]) {
    std::uint64_t first = one["from"];
    std::uint64_t second = one["to"];
    auto path = consistency_proof(tree.hasher, first, second, tree.reader());
    REQUIRE(path);
    CHECK(*path == path_of(one["proof"]));
    CHECK(verify_consistency(tree.hasher, first, second, root(first), root(second), *path));
  }
}

TEST_CASE("Every proof of a tree of 70 leaves holds and no proof holds for another leaf") {
  Tree tree;
  for (int i = 0; i < 70; ++i) tree.add("leaf " + std::to_string(i));
  for (std::uint64_t size = 1; size <= 70; ++size) {
    Hash root = root_of(tree.hasher, size, tree.reader()).value();
    for (std::uint64_t index = 0; index < size; ++index) {
      auto path = inclusion_proof(tree.hasher, index, size, tree.reader()).value();
      Hash leaf = leaf_hash(tree.hasher, "leaf " + std::to_string(index));
      REQUIRE(verify_inclusion(tree.hasher, leaf, index, size, path, root));
      REQUIRE_FALSE(verify_inclusion(tree.hasher, leaf, (index + 1) % size, size + 1, path, root));
    }
    for (std::uint64_t old = 1; old <= size; ++old) {
      auto path = consistency_proof(tree.hasher, old, size, tree.reader()).value();
      Hash before = root_of(tree.hasher, old, tree.reader()).value();
      REQUIRE(verify_consistency(tree.hasher, old, size, before, root, path));
      Hash other = leaf_hash(tree.hasher, "another history");
      REQUIRE_FALSE(verify_consistency(tree.hasher, old, size, other, root, path));
    }
  }
}

TEST_CASE("A frontier read back from stored nodes is the one that was built") {
  Tree tree;
  for (int i = 0; i < 200; ++i) {
    auto read = Frontier::read(tree.frontier.size(), tree.reader());
    REQUIRE(read);
    REQUIRE(*read == tree.frontier);
    tree.add(std::to_string(i));
  }
}

TEST_CASE("Proofs of what is not in the tree are refused") {
  Tree tree;
  tree.add("one");
  CHECK_FALSE(inclusion_proof(tree.hasher, 1, 1, tree.reader()));
  CHECK_FALSE(consistency_proof(tree.hasher, 2, 1, tree.reader()));
  CHECK_FALSE(verify_inclusion(tree.hasher, Hash{}, 0, 0, {}, Hash{}));
}
