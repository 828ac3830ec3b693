#include "protocols/postgres/sql/facts.h"

#include <algorithm>

#include "protocols/postgres/sql/limits.h"

namespace sallyport::postgres::sql {

bool Names::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void Names::add(std::string_view name) {
  if (names_.size() >= kNames) {
    full_ = true;
  } else if (!has(name)) {
    names_.emplace_back(name);
  }
}

void Names::add_all(const Names& other) {
  for (const std::string& name : other.names_) add(name);
  full_ = full_ || other.full_;
}

void StatementFacts::add(ActionSet more) {
  for (Action action : kAllActions)
    if (more.has(action)) actions.add(action);
}

void StatementFacts::add(const StatementFacts& other) {
  add(other.actions);
  for (Action action : kAllActions)
    if (other.function_actions.has(action)) function_actions.add(action);
  kinds.add_all(other.kinds);
  reads.add_all(other.reads);
  writes.add_all(other.writes);
  computes.add_all(other.computes);
  functions.add_all(other.functions);
  settings.add_all(other.settings);
  opaque.add_all(other.opaque);
  where.add_all(other.where);
  tables.add_all(other.tables);
  notable.add_all(other.notable);
  files.add_all(other.files);
  programs.add_all(other.programs);
}

bool StatementFacts::incomplete() const {
  for (const Names* names : {&kinds, &reads, &writes, &computes, &functions, &settings, &opaque,
                             &where, &tables, &notable, &files, &programs})
    if (names->full()) return true;
  return false;
}

void StatementFacts::set_unknown(std::string_view why) {
  actions.add(Action::kUnknown);
  opaque.add(why);
}

}  // namespace sallyport::postgres::sql
