// What is known of a target's tables, views and functions: names resolve against it. Immutable and
// shared by the sessions of a target; built from a schema file (schema_file.h) or from the live
// server. A name that it does not know is one that nobody can say anything about. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sallyport::postgres::sql {

struct Table;

// One column of one table that something reads.
struct ColumnUse {
  const Table* table = nullptr;
  std::uint32_t column = 0;
  bool operator==(const ColumnUse&) const = default;
};

struct Column {
  std::string name;
  bool not_null = false;
  // Of a view: every column behind this one, all the way down, and whether its value is exactly
  // theirs.
  std::vector<ColumnUse> behind;
  bool plain = true;
};

struct Table {
  std::string schema;
  std::string name;
  // False for what is known by name only: then it may have any column.
  bool columns_known = false;
  std::vector<Column> columns;
  // Inheritance: a row of a child is also one of its parents.
  std::vector<const Table*> parents;
  std::vector<const Table*> children;
  // Of a view: columns that decide which rows it has.
  std::vector<ColumnUse> always;
  bool is_view = false;

  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  std::uint32_t find(std::string_view column) const;
};

class Catalog {
 public:
  // The table's first definition stays. Pointers stay valid for the catalog's life.
  Table& add_table(std::string schema, std::string name);
  void add_function(std::string schema, std::string name);
  // `number` is what the protocol's FunctionCall has for it.
  void number_function(std::uint32_t number, std::string full_name);
  void set_search_path(std::vector<std::string> path) { search_path_ = std::move(path); }

  const Table* find_table(std::string_view schema, std::string_view name) const;
  Table* find_table(std::string_view schema, std::string_view name);
  // The schema of the first of `path` that has such a function; empty when none has.
  std::string_view find_function(const std::vector<std::string>& path, std::string_view name) const;
  // "app.lookup"; empty when nobody knows the number.
  std::string_view function_numbered(std::uint32_t number) const;
  // Where a fresh session finds bare names.
  const std::vector<std::string>& search_path() const { return search_path_; }
  std::size_t tables() const { return tables_.size(); }
  std::size_t functions() const { return functions_.size(); }

 private:
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;  // by "schema\0name"
  std::set<std::string, std::less<>> functions_;                    // "schema\0name"
  std::unordered_map<std::uint32_t, std::string> numbers_;
  // "$user" names a schema only where one was made for the user.
  std::vector<std::string> search_path_{"public"};
};

// Names of PostgreSQL 15's own catalogs, which a bare name finds before any schema of the path.
bool is_system_table(std::string_view name);

}  // namespace sallyport::postgres::sql
