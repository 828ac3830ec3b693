#include "protocols/postgres/sql/where_test.h"

namespace sallyport::postgres::sql {

Truth WhereTest::truth(const Node* node) {
  if (!walker_.step()) return Truth::kAlways;
  const Walker::Level level(walker_);
  if (!node || !level.good()) return Truth::kAlways;
  switch (node->type) {
    case T_BoolExpr:
      return boolean(as<BoolExpr>(node));
    case T_A_Expr:
      return operation(as<A_Expr>(node));
    case T_A_Const:
      return constant(as<A_Const>(node));
    case T_NullTest:
      return null_test(as<NullTest>(node));
    case T_BooleanTest:
      return boolean_test(as<BooleanTest>(node));
    case T_TypeCast:
      return truth(as<TypeCast>(node)->arg);
    case T_CollateClause:
      return truth(as<CollateClause>(node)->arg);
    case T_SubLink:
      return sub_link(as<SubLink>(node));
    case T_CoalesceExpr:
      return strongest(as<CoalesceExpr>(node)->args);
    case T_CaseExpr:
      return cases(as<CaseExpr>(node));
    case T_CurrentOfExpr:
      return Truth::kNarrows;
    default:
      return mentions(node) ? Truth::kNarrows : Truth::kAlways;
  }
}

Truth WhereTest::boolean(const BoolExpr* node) {
  const Items args(node->args);
  if (node->boolop == NOT_EXPR) return negated(as<Node>(args[0]));
  if (node->boolop == AND_EXPR) {
    Truth all = Truth::kAlways;
    for (const void* arg : args) {
      const Truth one = truth(as<Node>(arg));
      if (one == Truth::kNever) return one;
      if (one == Truth::kNarrows) all = one;
    }
    return all;
  }
  if (complements(args)) return Truth::kAlways;
  return any_of(args);
}

Truth WhereTest::any_of(const Items& args) {
  Truth any = Truth::kNever;
  for (const void* arg : args) {
    const Truth one = truth(as<Node>(arg));
    if (one == Truth::kAlways) return one;
    if (one == Truth::kNarrows) any = one;
  }
  return any;
}

Truth WhereTest::negated(const Node* node) {
  if (node->type == T_BoolExpr && as<BoolExpr>(node)->boolop == NOT_EXPR)
    return truth(as<Node>(Items(as<BoolExpr>(node)->args)[0]));
  if (node->type == T_A_Expr && is_one_of(operator_of(as<A_Expr>(node)), {"<>", "!=", "<", ">"}) &&
      same(as<A_Expr>(node)->lexpr, as<A_Expr>(node)->rexpr))
    return Truth::kAlways;
  if (node->type == T_A_Expr && as<A_Expr>(node)->kind == AEXPR_DISTINCT &&
      same(as<A_Expr>(node)->lexpr, as<A_Expr>(node)->rexpr))
    return Truth::kAlways;
  if (node->type == T_NullTest) {
    NullTest flipped = *as<NullTest>(node);
    flipped.nulltesttype = flipped.nulltesttype == IS_NULL ? IS_NOT_NULL : IS_NULL;
    return null_test(&flipped);
  }
  switch (truth(node)) {
    case Truth::kNarrows:
      return Truth::kNarrows;
    case Truth::kNever:
      return Truth::kAlways;
    case Truth::kAlways:
      // What is only presumed to hold may as well not hold: NOT of it narrows nothing either.
      return is_true(node) ? Truth::kNever : Truth::kAlways;
  }
  return Truth::kAlways;
}

bool WhereTest::is_true(const Node* node) {
  return node->type == T_A_Const && !as<A_Const>(node)->isnull &&
         as<A_Const>(node)->val.node.type == T_Boolean;
}

Truth WhereTest::constant(const A_Const* node) {
  if (node->isnull) return Truth::kNever;
  if (node->val.node.type == T_Boolean)
    return node->val.boolval.boolval ? Truth::kAlways : Truth::kNever;
  if (node->val.node.type == T_String) {
    const std::string_view text = text_of(node->val.sval.sval);
    return is_one_of(text, {"f", "false", "n", "no", "off", "0"}) ? Truth::kNever : Truth::kAlways;
  }
  return Truth::kAlways;
}

Truth WhereTest::null_test(const NullTest* node) {
  const Node* arg = as<Node>(node->arg);
  const bool is_null = node->nulltesttype == IS_NULL;
  const Node* bare = plain(arg);
  const bool row = bare && bare->type == T_ColumnRef && !column_of(bare);
  if (is_null) return mentions(arg) ? Truth::kNarrows : Truth::kAlways;
  // A comparison, a row or a column that is never null.
  if (!mentions(arg) || row || never_null(bare)) return Truth::kAlways;
  return Truth::kNarrows;
}

bool WhereTest::never_null(const Node* node) {
  if (!node) return false;
  if (const auto column = column_of(node)) {
    // Nor are system columns ever null, and of a column that nobody knows it may be so.
    if (column->column == Table::kNone || !column->table->columns_known) return true;
    return column->table->columns[column->column].not_null;
  }
  // Only null where a column is, and most are not: f(x) IS NOT NULL is no narrowing test.
  return node->type != T_ColumnRef && node->type != T_A_Indirection;
}

Truth WhereTest::boolean_test(const BooleanTest* node) {
  const Node* arg = as<Node>(node->arg);
  switch (node->booltesttype) {
    case IS_TRUE:
      return truth(arg);
    case IS_NOT_FALSE:
      return truth(arg) == Truth::kNever && !mentions(arg) ? Truth::kNever : truth(arg);
    case IS_FALSE:
      return negated(arg);
    case IS_NOT_TRUE:
      return negated(arg) == Truth::kNever ? Truth::kNever : negated(arg);
    case IS_UNKNOWN:
      return mentions(arg) ? Truth::kNarrows : Truth::kAlways;
    case IS_NOT_UNKNOWN:
      return Truth::kAlways;
  }
  return Truth::kAlways;
}

Truth WhereTest::strongest(const List* list) {
  // COALESCE(test, true): a null test is true as well.
  return any_of(Items(list));
}

Truth WhereTest::cases(const CaseExpr* node) {
  bool narrows = false;
  bool all = true;
  const auto take = [&](const Node* result) {
    const Truth one = result ? truth(result) : Truth::kNever;
    narrows = narrows || one == Truth::kNarrows;
    all = all && one == Truth::kAlways;
  };
  bool on_target = node->arg && mentions(as<Node>(node->arg));
  for (const void* item : Items(node->args)) {
    const CaseWhen* when = as<CaseWhen>(item);
    const Truth test = node->arg ? Truth::kNarrows : truth(as<Node>(when->expr));
    on_target = on_target || mentions(as<Node>(when->expr));
    if (test == Truth::kNever) continue;
    take(as<Node>(when->result));
    if (test == Truth::kAlways)
      return all ? Truth::kAlways : narrows ? Truth::kNarrows : Truth::kNever;
  }
  take(as<Node>(node->defresult));
  if (all) return Truth::kAlways;
  return narrows || on_target ? Truth::kNarrows : Truth::kAlways;
}

Truth WhereTest::sub_link(const SubLink* link) {
  if (!link->subselect || link->subselect->type != T_SelectStmt) return Truth::kAlways;
  const SelectStmt* select = as<SelectStmt>(link->subselect);
  if (link->subLinkType == EXPR_SUBLINK)
    if (const Node* value = lone_value(link)) return truth(value);
  if (link->subLinkType == EXISTS_SUBLINK && select->op == SETOP_NONE && !select->valuesLists &&
      !select->withClause && !select->havingClause && !select->limitCount)
    return inside(
        *select, [&] { return select->whereClause ? truth(select->whereClause) : Truth::kAlways; });
  if (!mentions(as<const Node>(link))) return Truth::kAlways;
  return link->subLinkType == ANY_SUBLINK && link->testexpr ? in_query(link) : Truth::kNarrows;
}

Truth WhereTest::in_query(const SubLink* link) {
  const Items name(link->operName);
  if (name.size() > 0 && string_of(name[0]) != "=") return Truth::kNarrows;
  const SelectStmt* select = as<SelectStmt>(link->subselect);
  const Node* tested = as<Node>(link->testexpr);
  if (!select->fromClause && !select->valuesLists && Items(select->targetList).size() == 1)
    return same(tested, as<Node>(as<ResTarget>(Items(select->targetList)[0])->val))
               ? Truth::kAlways
               : Truth::kNarrows;
  const auto column = column_of(plain(tested));
  return column && covers(select, *column) ? Truth::kAlways : Truth::kNarrows;
}

bool WhereTest::covers(const SelectStmt* select, ColumnUse column) {
  const Walker::Level level(walker_);
  if (!level.good()) return true;
  if (select->op == SETOP_UNION && !select->limitCount && !select->withClause)
    return covers(select->larg, column) || covers(select->rarg, column);
  const Rows rows = walker_.query(select);
  if (rows.filtered || rows.columns.size() != 1) return false;
  const Output& output = rows.columns[0];
  return output.plain && !output.behind.empty() && output.behind[0] == column;
}

std::string_view Walker::where_kind(const Node* where, const Source& target) {
  if (!where) return "absent";
  const std::size_t uses = uses_.size();
  const Truth truth = WhereTest(*this, target).truth(where);
  uses_.resize(uses);
  return truth == Truth::kAlways ? "trivial" : "effective";
}

}  // namespace sallyport::postgres::sql
