#include "storage/tree_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace sallyport::storage {
namespace {

constexpr std::size_t kHash = sizeof(Hash);
// A hole larger than this ends the check: its records could not be told one by one anyway.
constexpr std::uint64_t kLargestHole = 1'000'000;

std::optional<Hash> hash_at(std::string_view stored, std::size_t level) {
  if (stored.size() < (level + 1) * kHash) return std::nullopt;
  Hash out;
  std::copy_n(stored.data() + level * kHash, kHash, reinterpret_cast<char*>(out.data()));
  return out;
}

bool begins_with_number(std::string_view bytes, std::uint64_t n) {
  fmt::memory_buffer start;
  fmt::format_to(std::back_inserter(start), "{{\"n\":{},", n);
  return bytes.starts_with(std::string_view(start.data(), start.size()));
}

}  // namespace

bool TreeCheck::row(std::uint64_t n, std::string_view bytes, std::string_view hashes) {
  if (n < size_ || n - size_ > kLargestHole) {
    report_(size_, fmt::format("event {} follows event {}: records are missing or were inserted", n,
                               size_ - 1));
    return false;
  }
  if (n > size_) missing(n);
  if (!begins_with_number(bytes, n)) report_(n, "the record says another number than its place");
  Hash computed = leaf_hash(hasher_, bytes);
  if (hashes.size() != hashes_with_leaf(n) * kHash) {
    report_(n, "the stored hashes have the wrong length");
    add(computed, {});
    return true;
  }
  if (hash_at(hashes, 0) != computed) report_(n, "the record was altered: its hash is another");
  add(hash_at(hashes, 0), hashes);
  return true;
}

void TreeCheck::missing(std::uint64_t until) {
  report_(size_, until == size_ + 1
                     ? std::string("the record is missing")
                     : fmt::format("the records from {} to {} are missing", size_, until - 1));
  while (size_ < until) add(std::nullopt, {});
}

void TreeCheck::add(std::optional<Hash> leaf, std::string_view stored) {
  unsigned merges = hashes_with_leaf(size_) - 1;
  peaks_.push_back(leaf);
  for (unsigned level = 1; level <= merges; ++level) {
    std::optional<Hash> right = peaks_.back();
    peaks_.pop_back();
    std::optional<Hash> left = peaks_.back();
    std::optional<Hash> kept = hash_at(stored, level);
    std::optional<Hash> computed;
    if (left && right) computed = node_hash(hasher_, *left, *right);
    if (kept && computed && *kept != *computed)
      report_(size_, fmt::format("the tree over events {} to {} does not match them",
                                 size_ + 1 - (std::uint64_t{1} << level), size_));
    peaks_.back() = kept ? kept : computed;
  }
  ++size_;
}

std::optional<Hash> TreeCheck::root() {
  if (peaks_.empty()) return empty_root(hasher_);
  std::optional<Hash> root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i > 0 && root; --i)
    root = peaks_[i - 1] ? std::optional(node_hash(hasher_, *peaks_[i - 1], *root)) : std::nullopt;
  return root;
}

}  // namespace sallyport::storage
