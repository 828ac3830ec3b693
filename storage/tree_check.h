// Checks stored leaves, one after the other, against their stored tree. A record that was altered
// is named once: from there on its stored hash stands for it, so that what follows is judged for
// itself. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/merkle.h"

namespace sallyport::storage {

class TreeCheck {
 public:
  using Report = std::function<void(std::uint64_t event, std::string what)>;
  explicit TreeCheck(Report report) : report_(std::move(report)) {}

  // The next stored row. False: its number cannot follow, and the check ends.
  bool row(std::uint64_t n, std::string_view bytes, std::string_view hashes);
  std::uint64_t size() const { return size_; }
  // Of what is stored; nothing when hashes that it needs are missing.
  std::optional<Hash> root();

 private:
  void add(std::optional<Hash> leaf, std::string_view stored);
  void missing(std::uint64_t until);

  Report report_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
  std::vector<std::optional<Hash>> peaks_;
};

}  // namespace sallyport::storage
