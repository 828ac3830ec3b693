// Whether a WHERE narrows a change: see Walker::where_kind. A test narrows only when it depends on
// a column of the changed table and is not true whatever that column holds. Only for this folder.
#pragma once

#include "protocols/postgres/sql/where_values.h"

namespace sallyport::postgres::sql {

// What is known of a condition without running it.
enum class Truth {
  kNarrows,  // true for some rows of the target and not for others
  kAlways,   // true for every row, or for all that anybody can say
  kNever,    // true for none
};

class WhereTest : private WhereValues {
 public:
  using WhereValues::WhereValues;

  Truth truth(const Node* node);

 private:
  Truth boolean(const BoolExpr* node);
  Truth any_of(const Items& args);
  // a OR NOT a, x = 1 OR x <> 1, x IS NULL OR x IS NOT NULL, x < 5 OR x >= 5.
  bool complements(const Items& args);
  bool complement(const Node* a, const Node* b);
  static bool kinds_negate(A_Expr_Kind a, A_Expr_Kind b);
  // x < 5 OR x > 3 leaves nothing out; x < 3 OR x > 5 does.
  bool ranges_meet(const A_Expr* a, const A_Expr* b);
  Truth negated(const Node* node);
  static bool is_true(const Node* node);
  Truth constant(const A_Const* node);
  Truth null_test(const NullTest* node);
  bool never_null(const Node* node);
  Truth boolean_test(const BooleanTest* node);
  Truth strongest(const List* list);
  Truth cases(const CaseExpr* node);
  Truth operation(const A_Expr* node);
  static bool reflexive(A_Expr_Kind kind, std::string_view name);
  // x LIKE '%', x ~ '' and their likes.
  bool matches_everything(const A_Expr* node, std::string_view name);
  // (x = 1) = true, (x = 1) <> NULL: a test of a test.
  std::optional<Truth> compares_a_test(const A_Expr* node, std::string_view name);
  static bool is_test(const Node* node);
  // abs(x) >= 0, length(x) > -1.
  bool always_in_range(const A_Expr* node, std::string_view name);
  Truth in_list(const A_Expr* node, std::string_view name);
  bool contains_same(const Node* array, const Node* value);
  bool rows_same(const A_Expr* node, std::string_view name);
  // The value of a sub-select narrows by what it is compared with; EXISTS and IN by what they
  // select.
  Truth sub_link(const SubLink* link);
  // x IN (SELECT x FROM the same table), narrowed by nothing.
  Truth in_query(const SubLink* link);
  // Whether a query gives every value of the column.
  bool covers(const SelectStmt* select, ColumnUse column);
  // With the sub-select's FROM in view; its facts have been taken already.
  template <class Test>
  Truth inside(const SelectStmt& select, Test test) {
    Scope scope;
    scope.outer = walker_.scope_;
    walker_.scope_ = &scope;
    walker_.from(select.fromClause);
    const Truth result = test();
    walker_.scope_ = scope.outer;
    return result;
  }
};

}  // namespace sallyport::postgres::sql
