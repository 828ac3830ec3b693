// Expressions: what they read, which functions and operators they run.
#include <algorithm>
#include <utility>

#include "protocols/postgres/sql/builtins.h"
#include "protocols/postgres/sql/settings.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

std::string qualified(std::string_view schema, std::string_view name) {
  std::string out(schema);
  if (!out.empty()) out.push_back('.');
  out.append(name);
  return out;
}

// The last two parts of a possibly qualified name.
struct QualifiedName {
  std::string_view schema;
  std::string_view name;
};

QualifiedName name_in(const List* list) {
  const Items parts(list);
  QualifiedName out;
  if (parts.size() > 0) out.name = string_of(parts[parts.size() - 1]);
  if (parts.size() > 1) out.schema = string_of(parts[parts.size() - 2]);
  return out;
}

}  // namespace

void Walker::expressions(const List* list) {
  for (const void* item : Items(list)) expression(item);
}

void Walker::computed(const void* node) {
  if (!node) return;
  const std::size_t from = uses_.size();
  expression(node);
  note_computed(from);
}

void Walker::computed_all(const List* list) {
  for (const void* item : Items(list)) computed(item);
}

void Walker::expression(const void* start) {
  if (!start) return;
  const Level level(*this);
  if (!level.good()) return;
  const Node* node = as<Node>(start);
  // Chains of operators and casts lean to the left; they are walked down without going deeper.
  while (node && (node->type == T_A_Expr || node->type == T_TypeCast)) {
    if (!step()) return;
    if (node->type == T_TypeCast) {
      node = as<TypeCast>(node)->arg;
      continue;
    }
    const A_Expr* operation = as<A_Expr>(node);
    operator_named(operation->name);
    expression(operation->rexpr);
    node = operation->lexpr;
  }
  if (!node) return;
  if (!step()) return;
  switch (node->type) {
    case T_ColumnRef:
      return reference(as<ColumnRef>(node));
    case T_FuncCall:
      return function_call(as<FuncCall>(node));
    case T_SubLink:
      return sub_link(as<SubLink>(node));
    case T_A_Indirection:
      return indirection(as<A_Indirection>(node));
    case T_List:
      return expressions(as<List>(node));
    case T_BoolExpr:
      return expressions(as<BoolExpr>(node)->args);
    default:
      return sql_value(node);
  }
}

// Everything that is written with words of its own.
void Walker::sql_value(const Node* node) {
  switch (node->type) {
    case T_A_Const:
    case T_ParamRef:
    case T_SetToDefault:
    case T_SQLValueFunction:
    case T_CurrentOfExpr:
    case T_A_Star:
    case T_String:
    case T_Integer:
    case T_Float:
    case T_Boolean:
    case T_BitString:
    case T_TypeName:
      return;
    case T_CollateClause:
      return expression(as<CollateClause>(node)->arg);
    case T_A_Indices:
      expression(as<A_Indices>(node)->lidx);
      return expression(as<A_Indices>(node)->uidx);
    case T_A_ArrayExpr:
      return expressions(as<A_ArrayExpr>(node)->elements);
    case T_CaseExpr:
      expression(as<CaseExpr>(node)->arg);
      expressions(as<CaseExpr>(node)->args);
      return expression(as<CaseExpr>(node)->defresult);
    case T_CaseWhen:
      expression(as<CaseWhen>(node)->expr);
      return expression(as<CaseWhen>(node)->result);
    case T_CoalesceExpr:
      return expressions(as<CoalesceExpr>(node)->args);
    case T_MinMaxExpr:
      return expressions(as<MinMaxExpr>(node)->args);
    case T_NullTest:
      return expression(as<NullTest>(node)->arg);
    case T_BooleanTest:
      return expression(as<BooleanTest>(node)->arg);
    case T_RowExpr:
      return expressions(as<RowExpr>(node)->args);
    case T_XmlExpr:
      expressions(as<XmlExpr>(node)->named_args);
      return expressions(as<XmlExpr>(node)->args);
    case T_XmlSerialize:
      return expression(as<XmlSerialize>(node)->expr);
    case T_GroupingFunc:
      return expressions(as<GroupingFunc>(node)->args);
    case T_GroupingSet:
      return expressions(as<GroupingSet>(node)->content);
    case T_NamedArgExpr:
      return expression(as<NamedArgExpr>(node)->arg);
    case T_MultiAssignRef:
      return expression(as<MultiAssignRef>(node)->source);
    case T_ResTarget:
      return expression(as<ResTarget>(node)->val);
    case T_SortBy:
      operator_named(as<SortBy>(node)->useOp);
      return expression(as<SortBy>(node)->node);
    case T_WindowDef:
      expressions(as<WindowDef>(node)->partitionClause);
      expressions(as<WindowDef>(node)->orderClause);
      expression(as<WindowDef>(node)->startOffset);
      return expression(as<WindowDef>(node)->endOffset);
    case T_DefElem:
      return expression(as<DefElem>(node)->arg);
    default:
      facts_.set_unknown("expression");
  }
}

void Walker::operator_named(const List* list) {
  if (!list) return;
  const auto [schema, name] = name_in(list);
  // Of two operators with one symbol the types decide, which nobody knows here; PostgreSQL's own
  // symbols are taken for its own operators.
  const bool builtin = (schema.empty() || schema == "pg_catalog") && builtins().has_operator(name);
  // Words of the grammar arrive as operators too: IN, BETWEEN, LIKE, NULLIF.
  const bool word = schema.empty() && !name.empty() &&
                    name.find_first_of("~!@#^&|`?+-*/%<>=") == std::string_view::npos;
  if (builtin || word) return;
  facts_.opaque.add("operator");
  facts_.add({Action::kExecute});
  facts_.function_actions.add(Action::kExecute);
}

// A function by its name. Bare names are looked for in pg_catalog first.
void Walker::call_named(std::string_view schema, std::string_view name) {
  const auto note = [&](ActionSet actions, std::string_view where) {
    const std::string full = qualified(where, name);
    if (harmless_ && harmless_->count(full) != 0) actions = {Action::kRead};
    facts_.functions.add(full);
    if (!actions.within({Action::kRead})) facts_.notable.add(full);
    facts_.add(actions);
    for (Action action : kAllActions)
      if (actions.has(action) && action != Action::kRead) facts_.function_actions.add(action);
  };
  const std::string_view own =
      schema.empty() ? catalog_.find_function(state_.search_path(), name) : std::string_view();
  if (!own.empty()) note({Action::kExecute}, own);
  const FunctionEffect* effect = builtins().function(name);
  const bool system = builtins().is_pg_catalog_function(name);
  if (effect && (schema.empty() ? own.empty() || system : schema == "pg_catalog" && system)) {
    note(effect->actions, system ? std::string_view("pg_catalog") : schema);
    if (effect->sql_text) facts_.opaque.add("sql_text");
    return;
  }
  if (effect && !system) {
    // A well-known extension's, wherever it was installed.
    note(effect->actions, schema.empty() ? std::string_view("public") : schema);
    return facts_.opaque.add("sql_text");
  }
  if (schema == "information_schema" && name.starts_with("_pg_")) return note({}, schema);
  if (!own.empty()) return;
  note({Action::kExecute}, schema);
  if (schema == "pg_catalog") facts_.opaque.add("function");
}

// `ssn(c)` is c.ssn where no function has the name (PostgreSQL §8.16.3).
bool Walker::is_projection(const FuncCall* call, std::string_view name) {
  const Items arguments(call->args);
  if (Items(call->funcname).size() != 1 || arguments.size() != 1) return false;
  if (as<Node>(arguments[0])->type != T_ColumnRef || builtins().function(name)) return false;
  if (!catalog_.find_function(state_.search_path(), name).empty()) return false;
  const ColumnRef* row = as<ColumnRef>(arguments[0]);
  const Items fields(row->fields);
  if (as<Node>(fields[fields.size() - 1])->type == T_A_Star) return false;
  const Hits hits = lookup(row);
  if (hits.size() != 1 || hits[0].column != Table::kNone) return false;
  const auto column = find_column(*hits[0].source, name);
  if (column) use(*hits[0].source, *column);
  return column.has_value();
}

void Walker::function_call(const FuncCall* call) {
  const auto [schema, name] = name_in(call->funcname);
  if (is_projection(call, name)) return;
  const std::size_t from = uses_.size();
  expressions(call->args);
  const bool system = schema.empty() || schema == "pg_catalog";
  if (system && name == "count" && !call->agg_filter && !call->agg_order && !call->agg_distinct &&
      !call->over && Items(call->args).size() == 1 &&
      as<Node>(Items(call->args)[0])->type == T_ColumnRef)
    for (std::size_t i = from; i < uses_.size(); ++i) uses_[i].counted = true;
  expressions(call->agg_order);
  expression(call->agg_filter);
  if (call->over) expression(call->over);
  if (system && name == "set_config") return set_config(call);
  call_named(schema, name);
}

void Walker::set_config(const FuncCall* call) {
  facts_.functions.add("pg_catalog.set_config");
  facts_.notable.add("pg_catalog.set_config");
  const Items arguments(call->args);
  std::string_view setting;
  std::optional<std::string> value;
  const auto text = [&](std::size_t i) -> std::optional<std::string> {
    if (i >= arguments.size()) return std::nullopt;
    const Node* node = as<Node>(arguments[i]);
    while (node && node->type == T_TypeCast) node = as<TypeCast>(node)->arg;
    if (!node || node->type != T_A_Const) return std::nullopt;
    const A_Const* constant = as<A_Const>(node);
    if (constant->isnull || constant->val.node.type != T_String) return std::nullopt;
    return std::string(constant->val.sval.sval);
  };
  const std::optional<std::string> name = text(0);
  if (name) setting = *name;
  value = text(1);
  change_setting(name ? setting : std::string_view("*"), value, true);
}

// `value` absent: not known from the text, or the default.
void Walker::change_setting(std::string_view name, const std::optional<std::string>& value,
                            bool by_function) {
  const std::string folded = setting_name(name);
  facts_.settings.add(folded);
  if (is_harmless_change(folded, value)) {
    const Action action = by_function ? Action::kExecute : Action::kRead;
    facts_.add({action});
    if (by_function) facts_.function_actions.add(action);
    return;
  }
  facts_.add({Action::kAdminister});
  facts_.function_actions.add(Action::kAdminister);
  for (StateChange& change : changes_of_setting(folded, value)) remember(std::move(change));
}

void Walker::sub_link(const SubLink* link) {
  expression(link->testexpr);
  operator_named(link->operName);
  const std::size_t from = uses_.size();
  const bool exists = link->subLinkType == EXISTS_SUBLINK;
  const void* outer = std::exchange(star_unread_, exists ? link->subselect : nullptr);
  const Rows rows = query(link->subselect);
  star_unread_ = outer;
  uses_.resize(from);
  if (exists) return;
  for (const Output& output : rows.columns)
    for (const ColumnUse& use : output.behind) uses_.push_back({use});
}

// `(c).ssn` reads one column; anything else below brackets reads what stands in them.
void Walker::indirection(const A_Indirection* node) {
  const Items steps(node->indirection);
  for (const void* step : steps)
    if (as<Node>(step)->type == T_A_Indices) expression(step);
  const Node* inner = node->arg;
  if (inner->type == T_ColumnRef && steps.size() > 0) {
    const ColumnRef* reference = as<ColumnRef>(inner);
    const std::string_view field = string_of(steps[0]);
    const Items fields(reference->fields);
    if (!field.empty() && as<Node>(fields[fields.size() - 1])->type == T_String) {
      const Hits hits = lookup(reference);
      if (hits.size() == 1 && hits[0].column == Table::kNone && columns_known(*hits[0].source)) {
        const Source& source = *hits[0].source;
        if (const auto column = find_column(source, field)) return use(source, *column);
      }
    }
  }
  expression(inner);
  // f(c).g is g(f(c)) as well, unless a composite type has such a field: nobody knows.
  for (const void* step : steps) {
    const std::string_view field = string_of(step);
    if (field.empty()) continue;
    const FunctionEffect* effect = builtins().function(field);
    if (effect && !effect->actions.within({Action::kRead})) call_named({}, field);
  }
}

}  // namespace sallyport::postgres::sql
