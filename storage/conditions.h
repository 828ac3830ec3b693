// A WHERE clause that grows condition by condition, with its values in the same order. For the
// listings of StoreReader.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/sqlite.h"

namespace sallyport::storage {

class Conditions {
 public:
  void number(std::string_view condition, std::uint64_t value) {
    add(condition);
    values_.emplace_back(value);
  }
  void text(std::string_view condition, const std::string& value) {
    if (value.empty()) return;
    add(condition);
    values_.emplace_back(value);
  }
  // Exactly, or by `*` and `?`.
  void name(std::string_view column, const std::string& value) {
    bool pattern = value.find_first_of("*?") != std::string::npos;
    text(fmt::format("{} {} ?", column, pattern ? "GLOB" : "="), value);
  }
  // One element of a JSON array.
  void element(std::string_view column, const std::string& value) {
    bool pattern = value.find_first_of("*?") != std::string::npos;
    text(fmt::format("EXISTS (SELECT 1 FROM json_each({}) WHERE value {} ?)", column,
                     pattern ? "GLOB" : "="),
         value);
  }
  void add(std::string_view condition) {
    where_ += where_.empty() ? " WHERE " : " AND ";
    where_ += condition;
  }
  const std::string& where() const { return where_; }
  // Binds the values and then limit and offset.
  void bind(Statement& statement, std::uint64_t limit, std::uint64_t offset) const {
    int at = 1;
    for (const auto& value : values_) {
      if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        statement.bind(at++, *number);
      } else {
        statement.bind(at++, std::string_view(std::get<std::string>(value)));
      }
    }
    constexpr std::uint64_t kMost = INT64_MAX;
    statement.bind(at, std::min(limit, kMost)).bind(at + 1, std::min(offset, kMost));
  }

 private:
  std::string where_;
  std::vector<std::variant<std::uint64_t, std::string>> values_;
};

}  // namespace sallyport::storage
