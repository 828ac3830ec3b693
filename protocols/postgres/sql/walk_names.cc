// What names in a statement mean (PostgreSQL §5.9.3, §8.16.3, §10.3), and what is noted of them.
#include <algorithm>

#include "protocols/postgres/sql/builtins.h"
#include "protocols/postgres/sql/limits.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

constexpr std::array<std::string_view, 7> kSystemColumns = {"ctid", "xmin", "xmax",    "cmin",
                                                            "cmax", "oid",  "tableoid"};

bool is_system_column(std::string_view name) {
  return std::find(kSystemColumns.begin(), kSystemColumns.end(), name) != kSystemColumns.end();
}

// Functions that take a row of any kind, and so may be written like one of its columns.
bool takes_rows(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kNames = {
      "row_to_json",  "to_json",        "to_jsonb",         "json_agg",          "jsonb_agg",
      "array_agg",    "concat",         "json_build_array", "jsonb_build_array", "num_nulls",
      "num_nonnulls", "pg_column_size", "quote_literal",    "quote_nullable",    "hash_record"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Compresses once it grows: a long text may mention the same column again and again.
void add_use(Uses& uses, ColumnUse use) {
  const std::size_t recent = std::min<std::size_t>(uses.size(), 16);
  if (std::find(uses.end() - static_cast<std::ptrdiff_t>(recent), uses.end(), use) != uses.end())
    return;
  uses.push_back(use);
  if (uses.size() < 16 * kNames) return;
  std::sort(uses.begin(), uses.end(), [](const ColumnUse& a, const ColumnUse& b) {
    return a.table != b.table ? a.table < b.table : a.column < b.column;
  });
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
}

}  // namespace

Walker::Level::Level(Walker& walker) : walker_(walker) {
  if (++walker_.depth_ > kWalkDepth) walker_.facts_.set_unknown("too_deep");
}

bool Walker::Level::good() const { return walker_.depth_ <= kWalkDepth; }

Walker::Walker(const Catalog& catalog, const SessionState& state, std::size_t steps)
    : catalog_(catalog), state_(state), steps_left_(steps) {
  reads_.reserve(16);
  computes_.reserve(16);
  uses_.reserve(16);
}

bool Walker::step(std::size_t count) {
  if (steps_left_ > count) {
    steps_left_ -= count;
    return true;
  }
  steps_left_ = 0;
  facts_.set_unknown("too_complex");
  return false;
}

Table& Walker::named_only(std::string_view schema, std::string_view name) {
  step(named_only_.size() / 8);
  for (Table& table : named_only_)
    if (table.schema == schema && table.name == name) return table;
  Table& table = named_only_.emplace_back();
  table.schema = schema;
  table.name = name;
  return table;
}

const Table* Walker::resolve_table(std::string_view schema, std::string_view name) {
  if (!schema.empty()) {
    if (const Table* table = catalog_.find_table(schema, name)) return table;
    return &named_only(schema, name);
  }
  if (is_system_table(name)) return &named_only("pg_catalog", name);
  if (!state_.search_path_known()) facts_.set_unknown("search_path");
  for (const std::string& each : state_.search_path())
    if (const Table* table = catalog_.find_table(each, name)) return table;
  const auto& path = state_.search_path();
  return &named_only(path.empty() ? std::string_view("public") : path.front(), name);
}

// Of a table of which only the name is known, any column may be there.
ColumnUse Walker::column_named(const Table* table, std::string_view name) {
  std::uint32_t column = table->find(name);
  if (column != Table::kNone || table->columns_known) return {table, column};
  Table& own = named_only(table->schema, table->name);
  step(own.columns.size() / 8);
  if (own.columns.size() >= kNames) {
    facts_.set_unknown("too_many_names");
    return {&own, 0};
  }
  column = own.find(name);
  if (column == Table::kNone) {
    column = static_cast<std::uint32_t>(own.columns.size());
    own.columns.push_back({.name = std::string(name)});
  }
  return {&own, column};
}

std::string_view Walker::column_name(const Source& source, std::size_t i) const {
  if (i < source.renamed.size()) return source.renamed[i];
  return source.table ? std::string_view(source.table->columns[i].name)
                      : source.rows.columns[i].name;
}

bool Walker::columns_known(const Source& source) const {
  return source.table ? source.table->columns_known : source.rows.columns_known;
}

std::size_t Walker::column_count(const Source& source) const {
  if (!source.table) return source.rows.columns.size();
  return source.table->columns_known ? source.table->columns.size() : source.renamed.size();
}

std::optional<std::uint32_t> Walker::find_column(const Source& source,
                                                 std::string_view name) const {
  const std::size_t count = column_count(source);
  for (std::size_t i = 0; i < count; ++i)
    if (column_name(source, i) == name) return static_cast<std::uint32_t>(i);
  return std::nullopt;
}

const Source* Walker::find_source(std::string_view schema, std::string_view name) {
  for (const Scope* scope = scope_; scope; scope = scope->outer) {
    if (!step(1 + scope->sources.size() / 4)) return nullptr;
    for (const Source* source : scope->sources) {
      if (!source->named || source->name != name) continue;
      if (schema.empty() || source->schema == schema) return source;
    }
  }
  return nullptr;
}

// A bare name is a column of the nearest query that has one; only else a whole row.
Hits Walker::lookup_bare(std::string_view name) {
  Hits hits;
  for (const Scope* scope = scope_; scope && hits.empty(); scope = scope->outer) {
    if (!step(1 + scope->sources.size())) return hits;
    for (const Source* source : scope->sources)
      if (const auto column = find_column(*source, name)) hits.push_back({source, *column});
    if (!hits.empty()) break;
    // It may be a column of what is known by name only, here or further out.
    add_unlisted(*scope, name, false, hits);
    if (hits.empty()) continue;
    for (const Scope* rest = scope->outer; rest; rest = rest->outer) {
      for (const Source* source : rest->sources)
        if (const auto column = find_column(*source, name)) hits.push_back({source, *column, true});
      add_unlisted(*rest, name, true, hits);
    }
    if (const Source* source = find_source({}, name)) hits.push_back({source, Table::kNone, true});
  }
  if (hits.empty())
    if (const Source* source = find_source({}, name)) hits.push_back({source, Table::kNone});
  return hits;
}

void Walker::add_unlisted(const Scope& scope, std::string_view name, bool maybe, Hits& hits) {
  if (!step(scope.sources.size())) return;
  for (const Source* source : scope.sources)
    if (!columns_known(*source) && source->name != name) hits.push_back({source, kUnlisted, maybe});
}

Hits Walker::lookup(const ColumnRef* reference) {
  const Items fields(reference->fields);
  const std::size_t count = fields.size();
  if (count == 0 || count > 4) return {};
  if (count == 1) return lookup_bare(string_of(fields[0]));
  const std::string_view column = string_of(fields[count - 1]);
  const std::string_view table = string_of(fields[count - 2]);
  const std::string_view schema = count > 2 ? string_of(fields[count - 3]) : std::string_view();
  const Source* source = find_source(schema, table);
  if (!source) return {};
  const auto found = find_column(*source, column);
  Hits hits;
  hits.push_back({source, found ? *found : kUnlisted});
  return hits;
}

void Walker::push_use(ColumnUse column) {
  note_read(column);
  uses_.push_back({column});
  if (!column.table->is_view || column.column == Table::kNone) return;
  for (const ColumnUse& behind : column.table->columns[column.column].behind)
    uses_.push_back({behind});
}

void Walker::use(const Source& source, std::uint32_t column) {
  if (&source == watched_) watched_seen_ = true;
  if (source.own_values) return;
  if (source.table) {
    if (source.table->columns_known) return push_use({source.table, column});
    return push_use(column_named(source.table, "*"));  // an alias of nobody knows which
  }
  for (const ColumnUse& behind : source.rows.columns[column].behind) uses_.push_back({behind});
}

void Walker::use_all(const Source& source) {
  for (std::size_t i = 0; i < column_count(source); ++i) use(source, static_cast<std::uint32_t>(i));
  if (source.table && !columns_known(source) && !source.own_values)
    push_use(column_named(source.table, "*"));
}

// `ssn(c)` and `c.ssn` are the same, in both directions (PostgreSQL §8.16.3).
void Walker::functional(const Source& source, std::string_view function) {
  if (is_system_column(function)) return;
  if (!columns_known(source)) {
    if (source.table && !source.own_values) push_use(column_named(source.table, function));
    if (!takes_rows(function)) return;
  }
  use_all(source);
  call_named({}, function);
}

void Walker::reference(const ColumnRef* reference) {
  const Items fields(reference->fields);
  if (as<Node>(fields[fields.size() - 1])->type == T_A_Star) {
    if (fields.size() == 1) {
      for (const Source* source : scope_->sources) use_all(*source);
      return;
    }
    const std::string_view schema =
        fields.size() > 2 ? string_of(fields[fields.size() - 3]) : std::string_view();
    if (const Source* source = find_source(schema, string_of(fields[fields.size() - 2])))
      return use_all(*source);
    return facts_.opaque.add("unresolved");
  }
  const Hits hits = lookup(reference);
  const std::string_view name = string_of(fields[fields.size() - 1]);
  for (const Hit& hit : hits) {
    if (hit.source == watched_) watched_seen_ = true;
    if (hit.column == Table::kNone) {
      use_all(*hit.source);
    } else if (hit.column == kUnlisted) {
      if (fields.size() > 1) {
        functional(*hit.source, name);
      } else if (hit.source->table && !hit.source->own_values) {
        push_use(column_named(hit.source->table, name));
      }
    } else {
      use(*hit.source, hit.column);
    }
  }
  if (!hits.empty()) return;
  if (is_system_column(name)) {
    watched_seen_ = watched_ != nullptr;
  } else {
    facts_.opaque.add("unresolved");
  }
}

// The column itself, what is behind it in a view, and the same column of parents and children.
void Walker::note_read(ColumnUse column) {
  add_use(reads_, column);
  const Table& table = *column.table;
  if (column.column == Table::kNone) return;
  for (const ColumnUse& behind : table.columns[column.column].behind) add_use(reads_, behind);
  const auto related = [&](const std::vector<const Table*>& tables) {
    for (const Table* other : tables) {
      const std::uint32_t same = other->find(table.columns[column.column].name);
      if (same != Table::kNone) add_use(reads_, {other, same});
    }
  };
  related(table.parents);
  related(table.children);
}

void Walker::note_computed(std::size_t from) {
  for (std::size_t i = from; i < uses_.size(); ++i)
    if (!uses_[i].counted) add_use(computes_, uses_[i].column);
}

void Walker::note_computed(const Rows& rows) {
  for (const Output& output : rows.columns)
    for (const ColumnUse& use : output.behind) add_use(computes_, use);
}

namespace {

// As people write it; quoted only where a pattern could take it for something else.
void append_part(std::string& out, std::string_view part) {
  const bool quote = part != "*" && part.find_first_of(".\"*") != std::string_view::npos;
  if (quote) out.push_back('"');
  for (char c : part) {
    if (quote && c == '"') out.push_back('"');
    out.push_back(c);
  }
  if (quote) out.push_back('"');
}

void append_name(std::string& out, const Table& table) {
  append_part(out, table.schema);
  out.push_back('.');
  append_part(out, table.name);
}

// `tables` null: columns only.
void name_all(const Uses& uses, Names& names, Names* tables) {
  std::string name;
  for (const ColumnUse& use : uses) {
    name.clear();
    append_name(name, *use.table);
    if (tables) {
      names.add(name);
      tables->add(name);
    }
    if (use.column == Table::kNone) continue;
    name.push_back('.');
    append_part(name, use.table->columns[use.column].name);
    names.add(name);
  }
}

void sort_uses(Uses& uses) {
  std::sort(uses.begin(), uses.end(), [](const ColumnUse& a, const ColumnUse& b) {
    return a.table != b.table ? a.table < b.table : a.column < b.column;
  });
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
}

}  // namespace

void Walker::note_write(const Table* table, std::string_view column) {
  std::string name;
  append_name(name, *table);
  facts_.writes.add(name);
  facts_.tables.add(name);
  if (column.empty()) return;
  name.push_back('.');
  append_part(name, column);
  facts_.writes.add(name);
}

StatementFacts Walker::facts() {
  if (reads_.size() > 64) sort_uses(reads_);
  if (computes_.size() > 64) sort_uses(computes_);
  name_all(reads_, facts_.reads, &facts_.tables);
  name_all(computes_, facts_.computes, nullptr);
  if (facts_.incomplete()) facts_.set_unknown("too_many_names");
  return std::move(facts_);
}

}  // namespace sallyport::postgres::sql
