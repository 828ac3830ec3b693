#include "protocols/postgres/sql/builtins.h"

#include "protocols/postgres/sql/builtin_names.h"
#include "protocols/postgres/sql/harmless_functions.h"

namespace sallyport::postgres::sql {
namespace {

template <class Visit>
void each_word(std::string_view words, Visit visit) {
  while (true) {
    const std::size_t begin = words.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return;
    words.remove_prefix(begin);
    const std::size_t end = words.find_first_of(" \n");
    visit(words.substr(0, end));
    if (end == std::string_view::npos) return;
    words.remove_prefix(end);
  }
}

struct FunctionRow {
  std::string_view names;
  FunctionEffect effect;
};

const FunctionRow kFunctions[] = {
    {words::kHarmlessFunctions, {{Action::kRead}, false}},
    {words::kWritingFunctions, {{Action::kWrite}, false}},
    {words::kDeletingFunctions, {{Action::kDelete}, false}},
    {words::kAdministeringFunctions, {{Action::kAdminister}, false}},
    {words::kExecutingFunctions, {{Action::kExecute}, true}},
};

}  // namespace

Builtins::Builtins() {
  for (const FunctionRow& row : kFunctions)
    each_word(row.names, [&](std::string_view name) { functions_.emplace(name, row.effect); });
  each_word(words::kTables, [&](std::string_view name) { tables_.insert(name); });
  each_word(words::kInformationSchema, [&](std::string_view name) { information_.insert(name); });
  each_word(words::kOperators, [&](std::string_view name) { operators_.insert(name); });
  each_word(words::kHarmlessSettings, [&](std::string_view name) { settings_.insert(name); });
}

const FunctionEffect* Builtins::function(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

// The extensions' functions live elsewhere.
bool Builtins::is_pg_catalog_function(std::string_view name) const {
  const FunctionEffect* effect = function(name);
  if (!effect) return false;
  return !name.starts_with("dblink") && !name.starts_with("crosstab") && name != "connectby" &&
         name != "xpath_table" && name != "pg_stat_statements_reset";
}

const Builtins& builtins() {
  static const Builtins all;
  return all;
}

}  // namespace sallyport::postgres::sql
