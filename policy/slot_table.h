// Names of the attributes that a policy's rules test, each with a small number, so that a decision
// looks a command's attributes up once and then works with indexes. Filled while compiling, then
// immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::policy {

class SlotTable {
 public:
  // The name's slot, made when there is none.
  std::uint32_t add(std::string_view name);
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }
  const std::string& name(std::uint32_t slot) const { return names_[slot]; }

 private:
  void rebuild();
  std::vector<std::string> names_;
  std::vector<std::uint32_t> buckets_;  // slot + 1, or 0; open addressing, a power of two
};

}  // namespace sallyport::policy
