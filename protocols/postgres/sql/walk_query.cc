// SELECT, VALUES, set operations and WITH (PostgreSQL §7): what each query reads and what is behind
// the columns that it gives.
#include <utility>

#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

// The name that a column of a result gets without AS.
std::string_view implied_name(const Node* node) {
  while (node) {
    switch (node->type) {
      case T_ColumnRef: {
        const Items fields(as<ColumnRef>(node)->fields);
        return string_of(fields[fields.size() - 1]);
      }
      case T_A_Indirection: {
        const Items steps(as<A_Indirection>(node)->indirection);
        for (std::size_t i = steps.size(); i-- > 0;)
          if (const auto name = string_of(steps[i]); !name.empty()) return name;
        node = as<A_Indirection>(node)->arg;
        continue;
      }
      case T_FuncCall: {
        const Items name(as<FuncCall>(node)->funcname);
        return string_of(name[name.size() - 1]);
      }
      case T_TypeCast: {
        const std::string_view name = implied_name(as<TypeCast>(node)->arg);
        if (!name.empty()) return name;
        const Items type(as<TypeCast>(node)->typeName->names);
        return string_of(type[type.size() - 1]);
      }
      case T_CollateClause:
        node = as<CollateClause>(node)->arg;
        continue;
      case T_CaseExpr:
        return "case";
      case T_CoalesceExpr:
        return "coalesce";
      default:
        return {};
    }
  }
  return {};
}

bool is_star(const Node* node) {
  if (!node || node->type != T_ColumnRef) return false;
  const Items fields(as<ColumnRef>(node)->fields);
  return as<Node>(fields[fields.size() - 1])->type == T_A_Star;
}

void add_behind(Output& output, const std::pmr::vector<Use>& uses, std::size_t from) {
  for (std::size_t i = from; i < uses.size(); ++i)
    if (!uses[i].counted) output.behind.push_back(uses[i].column);
}

void append(Few<ColumnUse, 1>& to, const Few<ColumnUse, 1>& more) {
  for (const ColumnUse& use : more) to.push_back(use);
}

}  // namespace

Rows Walker::query_rows(const Node* node) { return query(node); }

Rows Walker::query(const void* node) {
  const Level level(*this);
  if (!node || !level.good()) return {};
  switch (as<Node>(node)->type) {
    case T_SelectStmt:
      return select(as<SelectStmt>(node));
    case T_InsertStmt:
      return insert(as<InsertStmt>(node));
    case T_UpdateStmt:
      return update(as<UpdateStmt>(node));
    case T_DeleteStmt:
      return remove(as<DeleteStmt>(node));
    case T_MergeStmt:
      return merge(as<MergeStmt>(node));
    default:
      facts_.set_unknown("query");
      return {};
  }
}

Rows Walker::select(const SelectStmt* statement) {
  facts_.add({Action::kRead});
  Scope scope;
  scope.outer = scope_;
  scope_ = &scope;
  with(statement->withClause);
  if (statement->valuesLists) facts_.kinds.add("values");
  Rows rows = statement->op != SETOP_NONE ? set_operation(statement)
              : statement->valuesLists    ? values(statement)
                                          : plain_select(statement);
  // Every kind of row lock keeps others from writing.
  if (statement->lockingClause) facts_.add({Action::kWrite});
  computed(statement->limitCount);
  computed(statement->limitOffset);
  if (statement->limitCount || statement->limitOffset) rows.filtered = true;
  scope_ = scope.outer;
  return rows;
}

Rows Walker::values(const SelectStmt* statement) {
  static constexpr std::array<std::string_view, 8> kNamesOf = {
      "column1", "column2", "column3", "column4", "column5", "column6", "column7", "column8"};
  Rows rows;
  for (const void* row : Items(statement->valuesLists)) {
    std::size_t i = 0;
    for (const void* value : Items(as<List>(row))) {
      const std::size_t from = uses_.size();
      expression(value);
      note_computed(from);
      if (i == rows.columns.size()) rows.columns.push_back({i < 8 ? kNamesOf[i] : "", false, {}});
      add_behind(rows.columns[i], uses_, from);
      uses_.resize(from);
      ++i;
    }
  }
  group_and_order(statement, rows);
  return rows;
}

// UNION chains lean to the left, as deep as they are long.
Rows Walker::set_operation(const SelectStmt* statement) {
  Rows rows = query(statement->larg);
  const Rows right = query(statement->rarg);
  for (std::size_t i = 0; i < rows.columns.size() && i < right.columns.size(); ++i) {
    append(rows.columns[i].behind, right.columns[i].behind);
    rows.columns[i].plain = rows.columns[i].plain && right.columns[i].plain;
  }
  rows.columns_known = rows.columns_known && right.columns_known;
  rows.filtered = rows.filtered || right.filtered || statement->op != SETOP_UNION;
  // All but UNION ALL compare rows.
  if (statement->op != SETOP_UNION || !statement->all) note_computed(rows);
  group_and_order(statement, rows);
  return rows;
}

Rows Walker::plain_select(const SelectStmt* statement) {
  const bool star_read = std::exchange(star_unread_, nullptr) != statement;
  facts_.kinds.add(statement->intoClause ? "select into" : "select");
  from(statement->fromClause);
  const std::size_t begin = uses_.size();
  computed(statement->whereClause);
  uses_.resize(begin);
  Rows rows = targets(statement->targetList, star_read);
  rows.filtered = leaves_out(statement);
  computed_all(statement->windowClause);
  group_and_order(statement, rows);
  if (statement->distinctClause) {
    note_computed(rows);
    for (const void* item : Items(statement->distinctClause))
      if (item) computed(item);
  }
  if (statement->intoClause) into(statement->intoClause, rows);
  uses_.resize(begin);
  return rows;
}

// Only asked of queries within a change: whether a WHERE outside compares with every row of a
// table.
bool Walker::leaves_out(const SelectStmt* statement) {
  if (changes_within_ == 0 || statement->havingClause || scope_->sources.empty()) return true;
  for (const Source* source : scope_->sources)
    if (!source->table && source->rows.filtered) return true;
  for (const void* item : Items(statement->fromClause))
    if (as<Node>(item)->type == T_JoinExpr && as<JoinExpr>(item)->quals) return true;
  return statement->whereClause &&
         where_kind(statement->whereClause, *scope_->sources[0]) == "effective";
}

Rows Walker::targets(const List* list, bool star_read) {
  Rows rows;
  rows.columns.reserve(Items(list).size());
  for (const void* item : Items(list)) {
    const ResTarget* target = as<ResTarget>(item);
    if (is_star(target->val)) {
      if (!star_read) continue;
      star(as<ColumnRef>(target->val), rows);
      continue;
    }
    const std::size_t from = uses_.size();
    Output output;
    output.name = target->name ? text_of(target->name) : implied_name(target->val);
    expression(target->val);
    output.plain = false;
    if (target->val && target->val->type == T_ColumnRef) {
      const Hits hits = lookup(as<ColumnRef>(target->val));
      const Hit* hit = single(hits);
      output.plain =
          hit && (hit->column < kUnlisted ||
                  (hit->column == kUnlisted && hit->source->table && !columns_known(*hit->source)));
      if (output.plain && !hit->source->table)
        output.plain = hit->source->rows.columns[hit->column].plain;
    } else if (target->val && target->val->type == T_SubLink) {
      output.plain = as<SubLink>(target->val)->subLinkType == EXPR_SUBLINK;
    }
    if (!output.plain) note_computed(from);
    add_behind(output, uses_, from);
    uses_.resize(from);
    rows.columns.push_back(std::move(output));
  }
  return rows;
}

void Walker::add_source_columns(const Source& source, Rows& rows) {
  const std::size_t count = column_count(source);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = uses_.size();
    if (!step()) return;
    use(source, static_cast<std::uint32_t>(i));
    Output output{column_name(source, i), true, {}};
    if (!source.table) output.plain = source.rows.columns[i].plain;
    add_behind(output, uses_, from);
    uses_.resize(from);
    rows.columns.push_back(std::move(output));
  }
  if (columns_known(source)) return;
  rows.columns_known = false;
  if (!source.table || source.own_values) return;
  const std::size_t from = uses_.size();
  push_use(column_named(source.table, "*"));
  Output output{"*", true, {}};
  add_behind(output, uses_, from);
  uses_.resize(from);
  rows.columns.push_back(std::move(output));
}

void Walker::star(const ColumnRef* reference, Rows& rows) {
  const Items fields(reference->fields);
  if (fields.size() == 1) {
    for (const Source* source : scope_->sources)
      if (!source->own_values) add_source_columns(*source, rows);
    return;
  }
  const std::string_view schema =
      fields.size() > 2 ? string_of(fields[fields.size() - 3]) : std::string_view();
  if (const Source* source = find_source(schema, string_of(fields[fields.size() - 2])))
    return add_source_columns(*source, rows);
  facts_.opaque.add("unresolved");
}

// A bare name here may be that of a result column, whose expression has been walked.
void Walker::group_and_order(const SelectStmt* statement, Rows& rows) {
  const auto sort_by = [&](const void* node, bool ordinals) {
    const Node* item = as<Node>(node);
    if (item && item->type == T_SortBy) {
      operator_named(as<SortBy>(item)->useOp);
      item = as<SortBy>(item)->node;
    }
    if (!item) return;
    if (item->type == T_ColumnRef && Items(as<ColumnRef>(item)->fields).size() == 1) {
      const std::string_view name = string_of(Items(as<ColumnRef>(item)->fields)[0]);
      bool found = false;
      for (const Output& output : rows.columns) {
        if (output.name != name) continue;
        for (const ColumnUse& use : output.behind) uses_.push_back({use});
        found = true;
      }
      if (found) return;
    }
    if (ordinals && item->type == T_A_Const && as<A_Const>(item)->val.node.type == T_Integer) {
      const int number = as<A_Const>(item)->val.ival.ival;
      if (number >= 1 && static_cast<std::size_t>(number) <= rows.columns.size())
        for (const ColumnUse& use : rows.columns[static_cast<std::size_t>(number) - 1].behind)
          uses_.push_back({use});
    }
    expression(item);
  };
  const std::size_t from = uses_.size();
  for (const void* item : Items(statement->groupClause)) sort_by(item, true);
  for (const void* item : Items(statement->sortClause)) sort_by(item, true);
  expression(statement->havingClause);
  note_computed(from);
  uses_.resize(from);
}

void Walker::with(const WithClause* clause) {
  if (!clause) return;
  for (const void* item : Items(clause->ctes)) {
    const CommonTableExpr* table = as<CommonTableExpr>(item);
    const Node* inner = table->ctequery;
    const SelectStmt* statement =
        inner && inner->type == T_SelectStmt ? as<SelectStmt>(inner) : nullptr;
    Rows rows;
    if (clause->recursive && statement && statement->op == SETOP_UNION) {
      rows = recursive(table, statement);
    } else {
      rows = query(inner);
    }
    std::size_t i = 0;
    for (const void* name : Items(table->aliascolnames))
      if (i < rows.columns.size()) rows.columns[i++].name = string_of(name);
    // SEARCH and CYCLE compare columns and add some.
    if (table->search_clause || table->cycle_clause) {
      note_computed(rows);
      rows.columns_known = false;
    }
    common_rows_.push_back(std::move(rows));
    scope_->tables.push_back({text_of(table->ctename), &common_rows_.back()});
  }
}

// The first arm says which columns there are; what the second adds to them counts as computed,
// since it goes round again.
Rows Walker::recursive(const CommonTableExpr* table, const SelectStmt* statement) {
  Scope scope;
  scope.outer = scope_;
  scope_ = &scope;
  with(statement->withClause);
  Rows rows = query(statement->larg);
  std::size_t i = 0;
  for (const void* name : Items(table->aliascolnames))
    if (i < rows.columns.size()) rows.columns[i++].name = string_of(name);
  common_rows_.push_back(rows);
  scope.tables.push_back({text_of(table->ctename), &common_rows_.back()});
  const Rows right = query(statement->rarg);
  note_computed(right);
  for (std::size_t k = 0; k < rows.columns.size() && k < right.columns.size(); ++k)
    append(rows.columns[k].behind, right.columns[k].behind);
  group_and_order(statement, rows);
  computed(statement->limitCount);
  computed(statement->limitOffset);
  rows.filtered = true;
  scope_ = scope.outer;
  return rows;
}

const Rows* Walker::find_common(std::string_view name) {
  for (const Scope* scope = scope_; scope; scope = scope->outer) {
    if (!step(1 + scope->tables.size() / 4)) return nullptr;
    for (std::size_t i = scope->tables.size(); i-- > 0;)
      if (scope->tables[i].name == name) return scope->tables[i].rows;
  }
  return nullptr;
}

// SELECT INTO and CREATE TABLE AS: what was selected leaves the statement unseen.
void Walker::into(const IntoClause* clause, const Rows& rows) {
  facts_.add({Action::kDefine});
  note_computed(rows);
  if (clause->rel) do_relation(clause->rel);
}

}  // namespace sallyport::postgres::sql
