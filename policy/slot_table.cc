#include "policy/slot_table.h"

#include <cstring>

namespace sallyport::policy {
namespace {

// Names are looked up many times per decision, so this takes eight bytes at a time. Which names are
// in the table is the policy author's choice, so an agent's names cannot make its chains long.
std::size_t hash(std::string_view name) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  std::uint64_t h = name.size() * kMultiplier;
  while (!name.empty()) {
    std::uint64_t word = 0;
    const std::size_t n = name.size() < 8 ? name.size() : 8;
    std::memcpy(&word, name.data(), n);
    h = (h ^ word) * kMultiplier;
    h ^= h >> 32;
    name.remove_prefix(n);
  }
  return h;
}

}  // namespace

std::uint32_t SlotTable::add(std::string_view name) {
  if (const auto slot = find(name)) return *slot;
  names_.emplace_back(name);
  rebuild();
  return size() - 1;
}

void SlotTable::rebuild() {
  if (names_.size() * 4 > buckets_.size()) {
    buckets_.assign(buckets_.empty() ? 64 : buckets_.size() * 2, 0);
  } else {
    std::fill(buckets_.begin(), buckets_.end(), 0);
  }
  for (std::uint32_t slot = 0; slot < size(); ++slot) {
    std::size_t at = hash(names_[slot]) & (buckets_.size() - 1);
    while (buckets_[at] != 0) at = (at + 1) & (buckets_.size() - 1);
    buckets_[at] = slot + 1;
  }
}

std::optional<std::uint32_t> SlotTable::find(std::string_view name) const {
  if (buckets_.empty()) return std::nullopt;
  std::size_t at = hash(name) & (buckets_.size() - 1);
  for (; buckets_[at] != 0; at = (at + 1) & (buckets_.size() - 1)) {
    if (names_[buckets_[at] - 1] == name) return buckets_[at] - 1;
  }
  return std::nullopt;
}

}  // namespace sallyport::policy
