// The tree over the leaves (RFC 6962 §2.1, SHA-256): appending, roots and proofs. Pure: nodes come
// through a callback. A node is named by level and index: it is the root of the full subtree over
// the leaves [index << level, (index + 1) << level). Level 0 is the leaf hashes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "storage/hash.h"

namespace sallyport::storage {

Hash leaf_hash(Hasher& hasher, std::string_view bytes);
Hash node_hash(Hasher& hasher, const Hash& left, const Hash& right);
// Of no leaves: SHA-256 of nothing.
Hash empty_root(Hasher& hasher);

// Fails only as the callback's owner defines; the error ends the computation.
using NodeReader = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// The right edge of a growing tree: the roots of its maximal full subtrees, the largest first.
class Frontier {
 public:
  std::uint64_t size() const { return size_; }
  // Adds a leaf and appends to `hashes` its hash and those of the subtrees it completes, lowest
  // first: what the store keeps with the leaf.
  void append(Hasher& hasher, std::string_view bytes, std::string& hashes);
  Hash root(Hasher& hasher) const;
  bool operator==(const Frontier&) const = default;

  // Of the first `size` leaves of a stored tree.
  static Result<Frontier> read(std::uint64_t size, const NodeReader& node);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// How many hashes are kept with leaf `n`: one more than the trailing one bits of its number.
unsigned hashes_with_leaf(std::uint64_t n);

Result<Hash> root_of(Hasher& hasher, std::uint64_t size, const NodeReader& node);
// RFC 6962 §2.1.1: the path from leaf `index` to the root of `size` leaves. kInvalid: not in the
// tree.
Result<std::vector<Hash>> inclusion_proof(Hasher& hasher, std::uint64_t index, std::uint64_t size,
                                          const NodeReader& node);
// RFC 6962 §2.1.2: that the tree of `second` leaves begins with the tree of `first`.
Result<std::vector<Hash>> consistency_proof(Hasher& hasher, std::uint64_t first,
                                            std::uint64_t second, const NodeReader& node);

// RFC 9162 §2.1.3.2 and §2.1.4.2.
bool verify_inclusion(Hasher& hasher, const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Hash>& path, const Hash& root);
bool verify_consistency(Hasher& hasher, std::uint64_t first, std::uint64_t second,
                        const Hash& first_root, const Hash& second_root,
                        const std::vector<Hash>& path);

}  // namespace sallyport::storage
