#include "storage/merkle.h"

#include <bit>

namespace sallyport::storage {
namespace {

using std::string_view_literals::operator""sv;

// The largest power of two below `n`, for n > 1 (RFC 6962's k).
std::uint64_t split_point(std::uint64_t n) { return std::bit_floor(n - 1); }

// The hash of the leaves [first, first + size): RFC 6962's MTH of a slice. Slices that come up in
// proofs start at a multiple of their own power of two, so full ones are stored nodes.
Result<Hash> slice(Hasher& hasher, std::uint64_t first, std::uint64_t size,
                   const NodeReader& node) {
  if (std::has_single_bit(size)) {
    auto level = static_cast<unsigned>(std::countr_zero(size));
    return node(level, first >> level);
  }
  std::uint64_t k = split_point(size);
  Result<Hash> left = slice(hasher, first, k, node);
  if (!left) return left;
  Result<Hash> right = slice(hasher, first + k, size - k, node);
  if (!right) return right;
  return node_hash(hasher, *left, *right);
}

Result<void> push(std::vector<Hash>& path, Result<Hash> hash) {
  if (!hash) return hash.error();
  path.push_back(*hash);
  return {};
}

Result<void> inclusion(Hasher& hasher, std::uint64_t index, std::uint64_t first, std::uint64_t size,
                       const NodeReader& node, std::vector<Hash>& path) {
  if (size == 1) return {};
  std::uint64_t k = split_point(size);
  bool left = index < k;
  auto rest = left ? inclusion(hasher, index, first, k, node, path)
                   : inclusion(hasher, index - k, first + k, size - k, node, path);
  if (!rest) return rest;
  return push(path,
              left ? slice(hasher, first + k, size - k, node) : slice(hasher, first, k, node));
}

// SUBPROOF of RFC 6962 §2.1.2; `whole`: the old tree is exactly this slice and its root is known.
Result<void> consistency(Hasher& hasher, std::uint64_t old_size, std::uint64_t first,
                         std::uint64_t size, bool whole, const NodeReader& node,
                         std::vector<Hash>& path) {
  if (old_size == size) {
    if (whole) return {};
    return push(path, slice(hasher, first, size, node));
  }
  std::uint64_t k = split_point(size);
  bool left = old_size <= k;
  auto rest = left ? consistency(hasher, old_size, first, k, whole, node, path)
                   : consistency(hasher, old_size - k, first + k, size - k, false, node, path);
  if (!rest) return rest;
  return push(path,
              left ? slice(hasher, first + k, size - k, node) : slice(hasher, first, k, node));
}

}  // namespace

Hash leaf_hash(Hasher& hasher, std::string_view bytes) { return hasher.sum({"\0"sv, bytes}); }

Hash node_hash(Hasher& hasher, const Hash& left, const Hash& right) {
  return hasher.sum({"\1"sv, as_text(left), as_text(right)});
}

Hash empty_root(Hasher& hasher) { return hasher.sum({}); }

unsigned hashes_with_leaf(std::uint64_t n) { return static_cast<unsigned>(std::countr_one(n)) + 1; }

void Frontier::append(Hasher& hasher, std::string_view bytes, std::string& hashes) {
  peaks_.push_back(leaf_hash(hasher, bytes));
  hashes.append(as_text(peaks_.back()));
  for (unsigned merges = hashes_with_leaf(size_) - 1; merges > 0; --merges) {
    Hash right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = node_hash(hasher, peaks_.back(), right);
    hashes.append(as_text(peaks_.back()));
  }
  ++size_;
}

Hash Frontier::root(Hasher& hasher) const {
  if (peaks_.empty()) return empty_root(hasher);
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i > 0; --i) root = node_hash(hasher, peaks_[i - 1], root);
  return root;
}

Result<Frontier> Frontier::read(std::uint64_t size, const NodeReader& node) {
  Frontier out;
  out.size_ = size;
  std::uint64_t first = 0;
  for (std::uint64_t rest = size; rest > 0;) {
    std::uint64_t part = std::bit_floor(rest);
    auto level = static_cast<unsigned>(std::countr_zero(part));
    Result<Hash> peak = node(level, first >> level);
    if (!peak) return peak.error();
    out.peaks_.push_back(*peak);
    first += part;
    rest -= part;
  }
  return out;
}

Result<Hash> root_of(Hasher& hasher, std::uint64_t size, const NodeReader& node) {
  if (size == 0) return empty_root(hasher);
  return slice(hasher, 0, size, node);
}

Result<std::vector<Hash>> inclusion_proof(Hasher& hasher, std::uint64_t index, std::uint64_t size,
                                          const NodeReader& node) {
  if (index >= size) return Error{ErrorCode::kInvalid, "the tree has no such leaf"};
  std::vector<Hash> path;
  if (auto done = inclusion(hasher, index, 0, size, node, path); !done) return done.error();
  return path;
}

Result<std::vector<Hash>> consistency_proof(Hasher& hasher, std::uint64_t first,
                                            std::uint64_t second, const NodeReader& node) {
  if (first > second) return Error{ErrorCode::kInvalid, "the older tree is the larger one"};
  std::vector<Hash> path;
  if (first == 0 || first == second) return path;
  if (auto done = consistency(hasher, first, 0, second, true, node, path); !done)
    return done.error();
  return path;
}

bool verify_inclusion(Hasher& hasher, const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Hash>& path, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash r = leaf;
  for (const Hash& p : path) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      r = node_hash(hasher, p, r);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = node_hash(hasher, r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

bool verify_consistency(Hasher& hasher, std::uint64_t first, std::uint64_t second,
                        const Hash& first_root, const Hash& second_root,
                        const std::vector<Hash>& path) {
  if (first > second) return false;
  if (first == second) return path.empty() && first_root == second_root;
  if (first == 0) return path.empty();
  std::size_t at = 0;
  Hash seed = first_root;
  if (!std::has_single_bit(first)) {
    if (path.empty()) return false;
    seed = path[at++];
  }
  std::uint64_t fn = first - 1;
  std::uint64_t sn = second - 1;
  int shift = std::countr_one(fn);
  fn >>= shift;
  sn >>= shift;
  Hash fr = seed;
  Hash sr = seed;
  for (; at < path.size(); ++at) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = node_hash(hasher, path[at], fr);
      sr = node_hash(hasher, path[at], sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = node_hash(hasher, sr, path[at]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return fr == first_root && sr == second_root && sn == 0;
}

}  // namespace sallyport::storage
