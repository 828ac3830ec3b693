// FROM (PostgreSQL §7.2.1): tables, joins, sub-selects and functions as sources of columns.
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {

Source* Walker::add_source(Source source) {
  sources_.push_back(std::move(source));
  scope_->sources.push_back(&sources_.back());
  return &sources_.back();
}

void Walker::rename(Source& source, const Alias* alias) {
  if (!alias) return;
  source.name = text_of(alias->aliasname);
  source.schema = {};
  std::size_t i = 0;
  for (const void* name : Items(alias->colnames)) {
    if (source.table) {
      source.renamed.push_back(string_of(name));
    } else if (i < source.rows.columns.size()) {
      source.rows.columns[i].name = string_of(name);
    } else {
      source.rows.columns.push_back({string_of(name), false, {}});
    }
    ++i;
  }
}

Source* Walker::range_table(const RangeVar* range) {
  Source source;
  source.name = text_of(range->relname);
  const Rows* common = range->schemaname ? nullptr : find_common(source.name);
  if (common) {
    source.rows = *common;
  } else {
    source.table = resolve_table(text_of(range->schemaname), source.name);
    source.schema = source.table->schema;
    if (state_.moved() && source.schema != "pg_catalog") facts_.set_unknown("moved");
  }
  rename(source, range->alias);
  return add_source(std::move(source));
}

void Walker::from(const List* list) {
  for (const void* item : Items(list)) from_item(item);
}

void Walker::from_item(const void* item) {
  const Level level(*this);
  if (!item || !level.good()) return;
  const Node* node = as<Node>(item);
  switch (node->type) {
    case T_RangeVar: {
      const Source* source = range_table(as<RangeVar>(node));
      if (source->table) {
        note_read({source->table, Table::kNone});
        for (const ColumnUse& use : source->table->always) note_read(use);
      }
      return;
    }
    case T_JoinExpr:
      return join(as<JoinExpr>(node));
    case T_RangeSubselect: {
      const RangeSubselect* sub = as<RangeSubselect>(node);
      Source source;
      // Without LATERAL the neighbours cannot be seen.
      Scope* own = scope_;
      Scope outside;
      if (!sub->lateral) {
        outside.outer = own->outer;
        outside.tables = own->tables;
        scope_ = &outside;
      }
      source.rows = query(sub->subquery);
      scope_ = own;
      rename(source, sub->alias);
      add_source(std::move(source));
      return;
    }
    case T_RangeFunction:
      return range_function(as<RangeFunction>(node));
    case T_RangeTableSample: {
      const RangeTableSample* sample = as<RangeTableSample>(node);
      from_item(sample->relation);
      computed_all(sample->args);
      return computed(sample->repeatable);
    }
    case T_RangeTableFunc: {
      const RangeTableFunc* table = as<RangeTableFunc>(node);
      computed(table->docexpr);
      computed(table->rowexpr);
      computed_all(table->namespaces);
      Source source;
      for (const void* entry : Items(table->columns)) {
        const RangeTableFuncCol* column = as<RangeTableFuncCol>(entry);
        computed(column->colexpr);
        computed(column->coldefexpr);
        source.rows.columns.push_back({text_of(column->colname), false, {}});
      }
      rename(source, table->alias);
      add_source(std::move(source));
      return;
    }
    default:
      facts_.set_unknown("from");
  }
}

// The columns of a function's rows are not known, unless the statement names them. What goes in may
// come out.
void Walker::range_function(const RangeFunction* function) {
  Source source;
  source.rows.filtered = true;
  const std::size_t from = uses_.size();
  std::string_view name;
  for (const void* entry : Items(function->functions)) {
    const Items pair(as<List>(entry));
    expression(pair[0]);
    const Node* call = as<Node>(pair[0]);
    if (call && call->type == T_FuncCall) {
      const Items names(as<FuncCall>(call)->funcname);
      name = string_of(names[names.size() - 1]);
    }
    if (pair.size() > 1 && pair[1])
      for (const void* column : Items(as<List>(pair[1])))
        source.rows.columns.push_back({text_of(as<ColumnDef>(column)->colname), false, {}});
  }
  note_computed(from);
  for (const void* column : Items(function->coldeflist))
    source.rows.columns.push_back({text_of(as<ColumnDef>(column)->colname), false, {}});
  source.rows.columns_known = !source.rows.columns.empty();
  source.name = name;
  rename(source, function->alias);
  if (!source.rows.columns_known && source.rows.columns.empty())
    source.rows.columns.push_back({source.name, false, {}});
  for (Output& output : source.rows.columns)
    for (std::size_t i = from; i < uses_.size(); ++i) output.behind.push_back(uses_[i].column);
  uses_.resize(from);
  add_source(std::move(source));
}

void Walker::join(const JoinExpr* join) {
  const std::size_t left = scope_->sources.size();
  from_item(join->larg);
  const std::size_t right = scope_->sources.size();
  from_item(join->rarg);
  const std::size_t begin = uses_.size();
  join_columns(join, left, right);
  computed(join->quals);
  uses_.resize(begin);
  if (!join->alias) return;
  // The alias hides the names of both sides and has the columns of both.
  Source all;
  for (std::size_t i = left; i < scope_->sources.size(); ++i)
    add_source_columns(*scope_->sources[i], all.rows);
  all.rows.filtered = true;
  rename(all, join->alias);
  scope_->sources.truncate(left);
  add_source(std::move(all));
}

// USING and NATURAL compare columns that no expression names.
void Walker::join_columns(const JoinExpr* join, std::size_t left, std::size_t right) {
  const std::size_t from = uses_.size();
  const auto touch = [&](std::size_t begin, std::size_t end, std::string_view name) {
    for (std::size_t i = begin; i < end; ++i) {
      const Source& source = *scope_->sources[i];
      if (const auto column = find_column(source, name)) {
        use(source, *column);
      } else if (source.table && !columns_known(source)) {
        push_use(column_named(source.table, name));
      }
    }
  };
  const std::size_t end = scope_->sources.size();
  for (const void* name : Items(join->usingClause)) touch(left, end, string_of(name));
  if (join->isNatural) {
    for (std::size_t i = left; i < end; ++i) {
      const Source& source = *scope_->sources[i];
      const std::size_t other = i < right ? right : left;
      const std::size_t other_end = i < right ? end : right;
      for (std::size_t c = 0; c < column_count(source); ++c)
        for (std::size_t k = other; k < other_end; ++k)
          if (!columns_known(*scope_->sources[k]) ||
              find_column(*scope_->sources[k], column_name(source, c)))
            use(source, static_cast<std::uint32_t>(c));
      if (source.table && !columns_known(source)) push_use(column_named(source.table, "*"));
    }
  }
  note_computed(from);
  uses_.resize(from);
  if (!join->join_using_alias) return;
  Source shared;
  for (const void* name : Items(join->usingClause))
    shared.rows.columns.push_back({string_of(name), false, {}});
  shared.name = text_of(join->join_using_alias->aliasname);
  sources_.push_back(std::move(shared));
  scope_->sources.push_back(&sources_.back());
}

}  // namespace sallyport::postgres::sql
