#include "protocols/postgres/sql/facts.h"

#include "protocols/postgres/sql/limits.h"

namespace sallyport::postgres::sql {

bool Names::has(std::string_view name) const {
  for (std::string_view each : *this)
    if (each == name) return true;
  return false;
}

void Names::add(std::string_view name) {
  if (size() >= kNames || bytes_.size() + name.size() > kTextBytes) {
    full_ = true;
    return;
  }
  if (has(name)) return;
  // Room for a usual statement's columns at once.
  if (bytes_.empty() && name.size() > 12) bytes_.reserve(160);
  bytes_.append(name);
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

void Names::add_all(const Names& other) {
  for (std::string_view name : other) add(name);
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
