// The operators of a WHERE: comparisons, patterns, lists, and pairs of them that leave nothing out.
#include "protocols/postgres/sql/where_test.h"

namespace sallyport::postgres::sql {

Truth WhereTest::operation(const A_Expr* node) {
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

bool WhereTest::reflexive(A_Expr_Kind kind, std::string_view name) {
  if (kind == AEXPR_NOT_DISTINCT) return true;
  if (kind != AEXPR_OP && kind != AEXPR_LIKE && kind != AEXPR_ILIKE && kind != AEXPR_SIMILAR)
    return false;
  return is_one_of(name, {"=", "<=", ">=", "~~", "~~*", "~", "~*", "@>", "<@", "&&", "^@", "~="});
}

bool WhereTest::matches_everything(const A_Expr* node, std::string_view name) {
  const auto pattern = text(node->rexpr);
  if (!pattern) return false;
  if (is_one_of(name, {"~~", "~~*"}))
    return !pattern->empty() && pattern->find_first_not_of('%') == std::string_view::npos;
  if (is_one_of(name, {"~", "~*"}))
    return pattern->find_first_not_of("^$.*?()|") == std::string_view::npos && *pattern != "^$" &&
           *pattern != ".";
  return name == "^@" && pattern->empty();
}

std::optional<Truth> WhereTest::compares_a_test(const A_Expr* node, std::string_view name) {
  const Node* test = is_test(node->lexpr) ? node->lexpr : node->rexpr;
  const Node* other = test == node->lexpr ? node->rexpr : node->lexpr;
  if (!is_test(test) || !other || plain(other)->type != T_A_Const || node->kind != AEXPR_OP)
    return std::nullopt;
  const Truth wanted = truth(other);
  if (name == "=") return wanted == Truth::kAlways ? truth(test) : negated(test);
  if (name == "<>") return wanted == Truth::kAlways ? negated(test) : truth(test);
  return mentions(test) && is_one_of(name, {"<", ">"}) ? Truth::kNarrows : Truth::kAlways;
}

bool WhereTest::is_test(const Node* node) {
  if (!node) return false;
  if (node->type == T_BoolExpr || node->type == T_NullTest || node->type == T_BooleanTest)
    return true;
  return node->type == T_A_Expr &&
         (as<A_Expr>(node)->kind != AEXPR_OP ||
          is_one_of(operator_of(as<A_Expr>(node)), {"=", "<>", "<", ">", "<=", ">=", "~~", "~"}));
}

bool WhereTest::always_in_range(const A_Expr* node, std::string_view name) {
  const Node* left = plain(node->lexpr);
  if (!left || left->type != T_FuncCall || node->kind != AEXPR_OP) return false;
  const Items parts(as<FuncCall>(left)->funcname);
  if (!is_one_of(string_of(parts[parts.size() - 1]),
                 {"abs", "length", "char_length", "character_length", "octet_length", "bit_length",
                  "cardinality", "pg_column_size", "random"}))
    return false;
  const auto bound = number(node->rexpr);
  if (!bound) return false;
  return name == ">=" ? *bound <= 0 : name == ">" ? *bound < 0 : name == "<>" && *bound < 0;
}

Truth WhereTest::in_list(const A_Expr* node, std::string_view name) {
  const bool in = name == "=";
  const Items items(as<List>(node->rexpr));
  bool found = false;
  for (const void* item : items) found = found || same(node->lexpr, as<Node>(item));
  if (found) return in ? Truth::kAlways : Truth::kNever;
  // (x = 1) IN (true, false).
  if (is_test(node->lexpr)) return Truth::kAlways;
  return mentions(as<const Node>(node)) ? Truth::kNarrows : Truth::kAlways;
}

bool WhereTest::contains_same(const Node* array, const Node* value) {
  const Node* bare = plain(array);
  if (!bare || bare->type != T_A_ArrayExpr) return false;
  for (const void* item : Items(as<A_ArrayExpr>(bare)->elements))
    if (same(as<Node>(item), value)) return true;
  return false;
}

bool WhereTest::rows_same(const A_Expr* node, std::string_view name) {
  if (node->lexpr->type != T_RowExpr || node->rexpr->type != T_RowExpr) return false;
  if (!reflexive(node->kind, name)) return false;
  const Items left(as<RowExpr>(node->lexpr)->args);
  const Items right(as<RowExpr>(node->rexpr)->args);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!same(as<Node>(left[i]), as<Node>(right[i]))) return false;
  return true;
}

bool WhereTest::complements(const Items& args) {
  if (args.size() > 64) return false;
  for (std::size_t i = 0; i < args.size(); ++i)
    for (std::size_t k = i + 1; k < args.size(); ++k)
      if (complement(as<Node>(args[i]), as<Node>(args[k]))) return true;
  return false;
}

bool WhereTest::complement(const Node* a, const Node* b) {
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

bool WhereTest::kinds_negate(A_Expr_Kind a, A_Expr_Kind b) {
  const auto pair = [&](A_Expr_Kind p, A_Expr_Kind q) {
    return (a == p && b == q) || (a == q && b == p);
  };
  return pair(AEXPR_BETWEEN, AEXPR_NOT_BETWEEN) || pair(AEXPR_DISTINCT, AEXPR_NOT_DISTINCT);
}

bool WhereTest::ranges_meet(const A_Expr* a, const A_Expr* b) {
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

}  // namespace sallyport::postgres::sql
