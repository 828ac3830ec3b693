// What PostgreSQL itself brings along: functions by what they do, operators, catalogs and settings.
// Tables of data (builtin_names.h, harmless_functions.h); immutable after the first use.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/command.h"

namespace sallyport::postgres::sql {

struct FunctionEffect {
  ActionSet actions;
  bool sql_text = false;  // runs SQL that it is given as text
};

class Builtins {
 public:
  Builtins();

  // Of a function of pg_catalog, or of a well-known extension; none for one that is unknown.
  const FunctionEffect* function(std::string_view name) const;
  bool has_table(std::string_view name) const { return tables_.count(name) != 0; }
  bool has_information_view(std::string_view name) const { return information_.count(name) != 0; }
  bool has_operator(std::string_view name) const { return operators_.count(name) != 0; }
  // `name` in lower case.
  bool is_harmless_setting(std::string_view name) const { return settings_.count(name) != 0; }
  bool is_pg_catalog_function(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, FunctionEffect> functions_;
  std::unordered_set<std::string_view> tables_, information_, operators_, settings_;
};

const Builtins& builtins();

}  // namespace sallyport::postgres::sql
