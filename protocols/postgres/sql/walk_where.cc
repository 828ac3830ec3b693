// Whether a WHERE narrows a change: `absent`, `trivial` or `effective`. A test narrows only when it
// depends on a column of the changed table and is not true whatever that column holds. In doubt it
// is trivial.
#include <algorithm>
#include <optional>
#include <utility>

#include "protocols/postgres/sql/limits.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {

namespace {

// What is known of a condition without running it.
enum class Truth {
  kNarrows,  // true for some rows of the target and not for others
  kAlways,   // true for every row, or for all that anybody can say
  kNever,    // true for none
};

std::string_view operator_of(const A_Expr* node) {
  const Items name(node->name);
  return name.size() == 0 ? std::string_view() : string_of(name[name.size() - 1]);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

class WhereTest {
 public:
  WhereTest(Walker& walker, const Source& target) : walker_(walker), target_(target) {}

  Truth truth(const Node* node) {
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

 private:
  Truth boolean(const BoolExpr* node) {
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

  Truth any_of(const Items& args) {
    Truth any = Truth::kNever;
    for (const void* arg : args) {
      const Truth one = truth(as<Node>(arg));
      if (one == Truth::kAlways) return one;
      if (one == Truth::kNarrows) any = one;
    }
    return any;
  }

  // a OR NOT a, x = 1 OR x <> 1, x IS NULL OR x IS NOT NULL, x < 5 OR x >= 5.
  bool complements(const Items& args) {
    if (args.size() > 64) return false;
    for (std::size_t i = 0; i < args.size(); ++i)
      for (std::size_t k = i + 1; k < args.size(); ++k)
        if (complement(as<Node>(args[i]), as<Node>(args[k]))) return true;
    return false;
  }

  bool complement(const Node* a, const Node* b) {
    const auto negates = [&](const Node* negation, const Node* other) {
      return negation->type == T_BoolExpr && as<BoolExpr>(negation)->boolop == NOT_EXPR &&
             same(as<Node>(Items(as<BoolExpr>(negation)->args)[0]), other);
    };
    if (negates(a, b) || negates(b, a)) return true;
    if (a->type == T_NullTest && b->type == T_NullTest)
      return as<NullTest>(a)->nulltesttype != as<NullTest>(b)->nulltesttype &&
             same(as<Node>(as<NullTest>(a)->arg), as<Node>(as<NullTest>(b)->arg));
    if (a->type == T_NullTest || b->type == T_NullTest) {
      // x = 1 OR x IS NULL narrows; x = x OR x IS NULL is found by x = x.
      return false;
    }
    if (a->type != T_A_Expr || b->type != T_A_Expr) return false;
    const A_Expr* x = as<A_Expr>(a);
    const A_Expr* y = as<A_Expr>(b);
    if (!same(x->lexpr, y->lexpr)) return false;
    const std::string_view one = operator_of(x);
    const std::string_view two = operator_of(y);
    if (x->kind != y->kind) return same(x->rexpr, y->rexpr) && kinds_negate(x->kind, y->kind);
    const auto pair = [&](std::string_view p, std::string_view q) {
      return (one == p && two == q) || (one == q && two == p);
    };
    if (pair("<", ">") || pair("<=", ">") || pair("<", ">=") || pair("<=", ">=") || pair("<>", "="))
      return ranges_meet(x, y);
    return (pair("~~", "!~~") || pair("~", "!~") || pair("~~*", "!~~*") || pair("~*", "!~*")) &&
           same(x->rexpr, y->rexpr);
  }

  static bool kinds_negate(A_Expr_Kind a, A_Expr_Kind b) {
    const auto pair = [&](A_Expr_Kind p, A_Expr_Kind q) {
      return (a == p && b == q) || (a == q && b == p);
    };
    return pair(AEXPR_BETWEEN, AEXPR_NOT_BETWEEN) || pair(AEXPR_DISTINCT, AEXPR_NOT_DISTINCT);
  }

  // x < 5 OR x > 3 leaves nothing out; x < 3 OR x > 5 does.
  bool ranges_meet(const A_Expr* a, const A_Expr* b) {
    if (same(a->rexpr, b->rexpr)) {
      const std::string_view one = operator_of(a);
      const std::string_view two = operator_of(b);
      // x < 5 OR x > 5 leaves out one value.
      return !(is_one_of(one, {"<", ">"}) && is_one_of(two, {"<", ">"}));
    }
    const auto left = number(a->rexpr);
    const auto right = number(b->rexpr);
    if (!left || !right) return false;
    const bool a_below = operator_of(a).front() == '<' && operator_of(a) != "<>";
    const bool b_below = operator_of(b).front() == '<' && operator_of(b) != "<>";
    if (a_below == b_below || operator_of(a) == "=" || operator_of(b) == "=") return false;
    return a_below ? *left > *right : *right > *left;
  }

  Truth negated(const Node* node) {
    if (node->type == T_BoolExpr && as<BoolExpr>(node)->boolop == NOT_EXPR)
      return truth(as<Node>(Items(as<BoolExpr>(node)->args)[0]));
    if (node->type == T_A_Expr &&
        is_one_of(operator_of(as<A_Expr>(node)), {"<>", "!=", "<", ">"}) &&
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

  static bool is_true(const Node* node) {
    return node->type == T_A_Const && !as<A_Const>(node)->isnull &&
           as<A_Const>(node)->val.node.type == T_Boolean;
  }

  Truth constant(const A_Const* node) {
    if (node->isnull) return Truth::kNever;
    if (node->val.node.type == T_Boolean)
      return node->val.boolval.boolval ? Truth::kAlways : Truth::kNever;
    if (node->val.node.type == T_String) {
      const std::string_view text = text_of(node->val.sval.sval);
      return is_one_of(text, {"f", "false", "n", "no", "off", "0"}) ? Truth::kNever
                                                                    : Truth::kAlways;
    }
    return Truth::kAlways;
  }

  Truth null_test(const NullTest* node) {
    const Node* arg = as<Node>(node->arg);
    const bool is_null = node->nulltesttype == IS_NULL;
    const Node* bare = plain(arg);
    const bool row = bare && bare->type == T_ColumnRef && !column_of(bare);
    if (is_null) return mentions(arg) ? Truth::kNarrows : Truth::kAlways;
    // A comparison, a row or a column that is never null.
    if (!mentions(arg) || row || never_null(bare)) return Truth::kAlways;
    return Truth::kNarrows;
  }

  bool never_null(const Node* node) {
    if (!node) return false;
    if (const auto column = column_of(node)) {
      if (column->table && column->column != Table::kNone)
        return column->table->columns[column->column].not_null;
      return false;
    }
    // Only null where a column is, and most are not: f(x) IS NOT NULL is no narrowing test.
    return node->type != T_ColumnRef && node->type != T_A_Indirection;
  }

  Truth boolean_test(const BooleanTest* node) {
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

  Truth strongest(const List* list) {
    // COALESCE(test, true): a null test is true as well.
    return any_of(Items(list));
  }

  Truth cases(const CaseExpr* node) {
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

  Truth operation(const A_Expr* node) {
    const std::string_view name = operator_of(node);
    if (node->kind == AEXPR_IN) return in_list(node, name);
    if (node->kind == AEXPR_OP_ANY || node->kind == AEXPR_OP_ALL) {
      if (contains_same(node->rexpr, node->lexpr) && is_one_of(name, {"=", "<=", ">="}))
        return Truth::kAlways;
      return mentions(as<const Node>(node)) ? Truth::kNarrows : Truth::kAlways;
    }
    if (node->kind == AEXPR_BETWEEN || node->kind == AEXPR_BETWEEN_SYM) {
      const Items bounds(as<List>(node->rexpr));
      for (const void* bound : bounds)
        if (!same(node->lexpr, as<Node>(bound)))
          return mentions(as<const Node>(node)) ? Truth::kNarrows : Truth::kAlways;
      return Truth::kAlways;
    }
    if (node->lexpr && node->rexpr && reflexive(node->kind, name) && same(node->lexpr, node->rexpr))
      return Truth::kAlways;
    if (node->lexpr && node->rexpr && rows_same(node, name)) return Truth::kAlways;
    if (matches_everything(node, name)) return Truth::kAlways;
    if (const auto known = compare(node, name)) return *known ? Truth::kAlways : Truth::kNever;
    if (always_in_range(node, name)) return Truth::kAlways;
    if (const auto wrapped = compares_a_test(node, name)) return *wrapped;
    return mentions(as<const Node>(node)) ? Truth::kNarrows : Truth::kAlways;
  }

  static bool reflexive(A_Expr_Kind kind, std::string_view name) {
    if (kind == AEXPR_NOT_DISTINCT) return true;
    if (kind != AEXPR_OP && kind != AEXPR_LIKE && kind != AEXPR_ILIKE && kind != AEXPR_SIMILAR)
      return false;
    return is_one_of(name, {"=", "<=", ">=", "~~", "~~*", "~", "~*", "@>", "<@", "&&", "^@", "~="});
  }

  // x LIKE '%', x ~ '' and their likes.
  bool matches_everything(const A_Expr* node, std::string_view name) {
    const auto pattern = text(node->rexpr);
    if (!pattern) return false;
    if (is_one_of(name, {"~~", "~~*"}))
      return !pattern->empty() && pattern->find_first_not_of('%') == std::string_view::npos;
    if (is_one_of(name, {"~", "~*"}))
      return pattern->find_first_not_of("^$.*?()|") == std::string_view::npos && *pattern != "^$" &&
             *pattern != ".";
    return name == "^@" && pattern->empty();
  }

  // (x = 1) = true, (x = 1) <> NULL: a test of a test.
  std::optional<Truth> compares_a_test(const A_Expr* node, std::string_view name) {
    const Node* test = is_test(node->lexpr) ? node->lexpr : node->rexpr;
    const Node* other = test == node->lexpr ? node->rexpr : node->lexpr;
    if (!is_test(test) || !other || plain(other)->type != T_A_Const || node->kind != AEXPR_OP)
      return std::nullopt;
    const Truth wanted = truth(other);
    if (name == "=") return wanted == Truth::kAlways ? truth(test) : negated(test);
    if (name == "<>") return wanted == Truth::kAlways ? negated(test) : truth(test);
    return mentions(test) && is_one_of(name, {"<", ">"}) ? Truth::kNarrows : Truth::kAlways;
  }

  static bool is_test(const Node* node) {
    if (!node) return false;
    if (node->type == T_BoolExpr || node->type == T_NullTest || node->type == T_BooleanTest)
      return true;
    return node->type == T_A_Expr &&
           (as<A_Expr>(node)->kind != AEXPR_OP ||
            is_one_of(operator_of(as<A_Expr>(node)), {"=", "<>", "<", ">", "<=", ">=", "~~", "~"}));
  }

  // abs(x) >= 0, length(x) > -1.
  bool always_in_range(const A_Expr* node, std::string_view name) {
    const Node* left = plain(node->lexpr);
    if (!left || left->type != T_FuncCall || node->kind != AEXPR_OP) return false;
    const Items parts(as<FuncCall>(left)->funcname);
    if (!is_one_of(string_of(parts[parts.size() - 1]),
                   {"abs", "length", "char_length", "character_length", "octet_length",
                    "bit_length", "cardinality", "pg_column_size", "random"}))
      return false;
    const auto bound = number(node->rexpr);
    if (!bound) return false;
    return name == ">=" ? *bound <= 0 : name == ">" ? *bound < 0 : name == "<>" && *bound < 0;
  }

  Truth in_list(const A_Expr* node, std::string_view name) {
    const bool in = name == "=";
    const Items items(as<List>(node->rexpr));
    bool found = false;
    for (const void* item : items) found = found || same(node->lexpr, as<Node>(item));
    if (found) return in ? Truth::kAlways : Truth::kNever;
    // (x = 1) IN (true, false).
    if (is_test(node->lexpr)) return Truth::kAlways;
    return mentions(as<const Node>(node)) ? Truth::kNarrows : Truth::kAlways;
  }

  bool contains_same(const Node* array, const Node* value) {
    const Node* bare = plain(array);
    if (!bare || bare->type != T_A_ArrayExpr) return false;
    for (const void* item : Items(as<A_ArrayExpr>(bare)->elements))
      if (same(as<Node>(item), value)) return true;
    return false;
  }

  bool rows_same(const A_Expr* node, std::string_view name) {
    if (node->lexpr->type != T_RowExpr || node->rexpr->type != T_RowExpr) return false;
    if (!reflexive(node->kind, name)) return false;
    const Items left(as<RowExpr>(node->lexpr)->args);
    const Items right(as<RowExpr>(node->rexpr)->args);
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
      if (!same(as<Node>(left[i]), as<Node>(right[i]))) return false;
    return true;
  }

  // The value of a sub-select narrows by what it is compared with; EXISTS and IN by what they
  // select.
  Truth sub_link(const SubLink* link) {
    if (!link->subselect || link->subselect->type != T_SelectStmt) return Truth::kAlways;
    const SelectStmt* select = as<SelectStmt>(link->subselect);
    if (link->subLinkType == EXPR_SUBLINK)
      if (const Node* value = lone_value(link)) return truth(value);
    if (link->subLinkType == EXISTS_SUBLINK && select->op == SETOP_NONE && !select->valuesLists &&
        !select->withClause && !select->havingClause && !select->limitCount)
      return inside(*select, [&] {
        return select->whereClause ? truth(select->whereClause) : Truth::kAlways;
      });
    if (!mentions(as<const Node>(link))) return Truth::kAlways;
    return link->subLinkType == ANY_SUBLINK && link->testexpr ? in_query(link) : Truth::kNarrows;
  }

  // x IN (SELECT x FROM the same table), narrowed by nothing.
  Truth in_query(const SubLink* link) {
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

  // Whether a query gives every value of the column.
  bool covers(const SelectStmt* select, ColumnUse column) {
    const Walker::Level level(walker_);
    if (!level.good()) return true;
    if (select->op == SETOP_UNION && !select->limitCount && !select->withClause)
      return covers(select->larg, column) || covers(select->rarg, column);
    const Rows rows = walker_.query(select);
    if (rows.filtered || rows.columns.size() != 1) return false;
    const Output& output = rows.columns[0];
    return output.plain && !output.behind.empty() && output.behind[0] == column;
  }

  // The x of (SELECT x).
  static const Node* lone_value(const SubLink* link) {
    if (link->subLinkType != EXPR_SUBLINK || link->subselect->type != T_SelectStmt) return nullptr;
    const SelectStmt* select = as<SelectStmt>(link->subselect);
    if (select->op != SETOP_NONE || select->fromClause || select->whereClause ||
        select->valuesLists || select->withClause || Items(select->targetList).size() != 1)
      return nullptr;
    return as<Node>(as<ResTarget>(Items(select->targetList)[0])->val);
  }

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

  // --- values ---

  // Without casts, COLLATE, and additions that add nothing.
  const Node* plain(const Node* node) {
    while (node) {
      if (node->type == T_TypeCast) {
        node = as<TypeCast>(node)->arg;
      } else if (node->type == T_SubLink && lone_value(as<SubLink>(node))) {
        node = lone_value(as<SubLink>(node));
      } else if (node->type == T_CollateClause) {
        node = as<Node>(as<CollateClause>(node)->arg);
      } else if (node->type == T_A_Expr && as<A_Expr>(node)->kind == AEXPR_OP) {
        const A_Expr* operation = as<A_Expr>(node);
        const std::string_view name = operator_of(operation);
        const auto neutral = [&](const Node* value) {
          const auto digits = number(value);
          const auto letters = text(value);
          if (name == "+" || name == "-") return digits && *digits == 0;
          if (name == "*" || name == "/") return digits && *digits == 1;
          return name == "||" && letters && letters->empty();
        };
        if (!operation->lexpr) {
          if (name != "+") return node;
          node = operation->rexpr;
        } else if (neutral(operation->rexpr)) {
          node = operation->lexpr;
        } else if ((name == "+" || name == "*" || name == "||") && neutral(operation->lexpr)) {
          node = operation->rexpr;
        } else {
          return node;
        }
      } else {
        return node;
      }
    }
    return node;
  }

  static std::optional<std::string_view> text(const Node* node) {
    while (node && node->type == T_TypeCast) node = as<TypeCast>(node)->arg;
    if (!node || node->type != T_A_Const || as<A_Const>(node)->isnull) return std::nullopt;
    if (as<A_Const>(node)->val.node.type != T_String) return std::nullopt;
    return text_of(as<A_Const>(node)->val.sval.sval);
  }

  // A constant number, also one that is worked out: x - x, x * 0, 1 + 1.
  std::optional<double> number(const Node* node) {
    while (node && node->type == T_TypeCast) node = as<TypeCast>(node)->arg;
    if (!node) return std::nullopt;
    if (node->type == T_A_Const && !as<A_Const>(node)->isnull) {
      const A_Const* constant = as<A_Const>(node);
      if (constant->val.node.type == T_Integer) return constant->val.ival.ival;
      if (constant->val.node.type == T_Float) return std::strtod(constant->val.fval.fval, nullptr);
      return std::nullopt;
    }
    if (node->type != T_A_Expr || as<A_Expr>(node)->kind != AEXPR_OP) return std::nullopt;
    return arithmetic(as<A_Expr>(node));
  }

  std::optional<double> arithmetic(const A_Expr* node) {
    const Walker::Level level(walker_);
    if (!level.good() || !walker_.step()) return std::nullopt;
    const std::string_view name = operator_of(node);
    if (!is_one_of(name, {"+", "-", "*", "/", "%"})) return std::nullopt;
    const auto right = number(node->rexpr);
    if (!node->lexpr) {
      if (!right) return std::nullopt;
      return name == "-" ? -*right : *right;
    }
    const auto left = number(node->lexpr);
    if (name == "*" && ((left && *left == 0) || (right && *right == 0))) return 0;
    if (name == "%" && right && (*right == 1 || *right == -1)) return 0;
    if (is_one_of(name, {"-", "%", "/"}) && !left && !right && same(node->lexpr, node->rexpr))
      return name == "/" ? 1 : 0;
    if (!left || !right) return std::nullopt;
    if (name == "+") return *left + *right;
    if (name == "-") return *left - *right;
    if (name == "*") return *left * *right;
    return std::nullopt;
  }

  // Of two constants.
  std::optional<bool> compare(const A_Expr* node, std::string_view name) {
    if (node->kind != AEXPR_OP || !node->lexpr || !node->rexpr) return std::nullopt;
    const auto by = [&](auto left, auto right) -> std::optional<bool> {
      if (name == "=") return left == right;
      if (name == "<>" || name == "!=") return left != right;
      if (name == "<") return left < right;
      if (name == ">") return left > right;
      if (name == "<=") return left <= right;
      if (name == ">=") return left >= right;
      return std::nullopt;
    };
    const auto left = number(node->lexpr);
    const auto right = number(node->rexpr);
    if (left && right) return by(*left, *right);
    const auto a = text(node->lexpr);
    const auto b = text(node->rexpr);
    // Order depends on the collation; equality of plain strings does not.
    if (a && b && (name == "=" || name == "<>") && node->lexpr->type == T_A_Const &&
        node->rexpr->type == T_A_Const)
      return by(*a, *b);
    return std::nullopt;
  }

  // The column of a table that an expression is, through sub-selects that leave nothing out.
  std::optional<ColumnUse> column_of(const Node* node) {
    if (!node || node->type != T_ColumnRef) return std::nullopt;
    const Items fields(as<ColumnRef>(node)->fields);
    if (as<Node>(fields[fields.size() - 1])->type == T_A_Star) return std::nullopt;
    const std::size_t uses = walker_.uses_.size();
    const Hits hits = walker_.lookup(as<ColumnRef>(node));
    walker_.uses_.resize(uses);
    if (hits.size() != 1 || hits[0].column == Table::kNone) return std::nullopt;
    const Source& source = *hits[0].source;
    const std::string_view name = string_of(fields[fields.size() - 1]);
    if (hits[0].column == kUnlisted) {
      if (!source.table) return std::nullopt;
      const ColumnUse use = walker_.column_named(source.table, name);
      // ctid and its like are columns that no list names.
      if (use.column == Table::kNone) return ColumnUse{source.table, Table::kNone};
      return use;
    }
    if (source.table) {
      if (source.table->columns_known) return ColumnUse{source.table, hits[0].column};
      return std::nullopt;
    }
    const Output& output = source.rows.columns[hits[0].column];
    if (!output.plain || output.behind.size() != 1 || source.rows.filtered) return std::nullopt;
    return output.behind[0];
  }

  // True when two expressions have the same value in every row that they can meet in.
  bool same(const Node* a, const Node* b) {
    if (!walker_.step()) return true;
    const Walker::Level level(walker_);
    if (!level.good()) return true;
    a = plain(a);
    b = plain(b);
    if (!a || !b) return a == b;
    if (a->type != b->type) return false;
    const auto lists = [&](const List* x, const List* y) {
      const Items left(x);
      const Items right(y);
      if (left.size() != right.size()) return false;
      for (std::size_t i = 0; i < left.size(); ++i)
        if (!same(as<Node>(left[i]), as<Node>(right[i]))) return false;
      return true;
    };
    switch (a->type) {
      case T_ColumnRef: {
        const auto left = column_of(a);
        const auto right = column_of(b);
        if (left && right && left->column != Table::kNone) return *left == *right;
        return lists(as<ColumnRef>(a)->fields, as<ColumnRef>(b)->fields);
      }
      case T_String:
        return string_of(a) == string_of(b);
      case T_A_Star:
        return true;
      case T_A_Const: {
        const auto left = number(a);
        const auto right = number(b);
        if (left && right) return *left == *right;
        const auto x = text(a);
        const auto y = text(b);
        return x && y && *x == *y;
      }
      case T_FuncCall:
        return lists(as<FuncCall>(a)->funcname, as<FuncCall>(b)->funcname) &&
               lists(as<FuncCall>(a)->args, as<FuncCall>(b)->args);
      case T_A_Expr:
        return operator_of(as<A_Expr>(a)) == operator_of(as<A_Expr>(b)) &&
               same(as<A_Expr>(a)->lexpr, as<A_Expr>(b)->lexpr) &&
               same(as<A_Expr>(a)->rexpr, as<A_Expr>(b)->rexpr);
      case T_BoolExpr:
        return as<BoolExpr>(a)->boolop == as<BoolExpr>(b)->boolop &&
               lists(as<BoolExpr>(a)->args, as<BoolExpr>(b)->args);
      case T_RowExpr:
        return lists(as<RowExpr>(a)->args, as<RowExpr>(b)->args);
      case T_List:
        return lists(as<List>(a), as<List>(b));
      case T_CoalesceExpr:
        return lists(as<CoalesceExpr>(a)->args, as<CoalesceExpr>(b)->args);
      case T_A_Indirection:
        return same(as<A_Indirection>(a)->arg, as<A_Indirection>(b)->arg) &&
               lists(as<A_Indirection>(a)->indirection, as<A_Indirection>(b)->indirection);
      case T_ParamRef:
        return as<ParamRef>(a)->number == as<ParamRef>(b)->number;
      case T_SubLink:
        // (SELECT x): the value of x.
        return false;
      default:
        return false;
    }
  }

  // Whether a column of the target is mentioned at all.
  bool mentions(const Node* node);

  Walker& walker_;
  const Source& target_;
};

// What the walk notes of it is in the facts already; here only where the references lead.
bool WhereTest::mentions(const Node* node) {
  if (!node) return false;
  const std::size_t uses = walker_.uses_.size();
  const Source* outer = std::exchange(walker_.watched_, &target_);
  const bool outer_seen = std::exchange(walker_.watched_seen_, false);
  walker_.expression(node);
  walker_.watched_ = outer;
  walker_.uses_.resize(uses);
  return std::exchange(walker_.watched_seen_, outer_seen);
}

std::string_view Walker::where_kind(const Node* where, const Source& target) {
  if (!where) return "absent";
  const std::size_t uses = uses_.size();
  const Truth truth = WhereTest(*this, target).truth(where);
  uses_.resize(uses);
  return truth == Truth::kAlways ? "trivial" : "effective";
}

}  // namespace sallyport::postgres::sql
