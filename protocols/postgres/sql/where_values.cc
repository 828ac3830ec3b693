#include "protocols/postgres/sql/where_values.h"

#include <algorithm>
#include <utility>

namespace sallyport::postgres::sql {

std::string_view operator_of(const A_Expr* node) {
  const Items name(node->name);
  return name.size() == 0 ? std::string_view() : string_of(name[name.size() - 1]);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

const Node* WhereValues::plain(const Node* node) {
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

std::optional<std::string_view> WhereValues::text(const Node* node) {
  while (node && node->type == T_TypeCast) node = as<TypeCast>(node)->arg;
  if (!node || node->type != T_A_Const || as<A_Const>(node)->isnull) return std::nullopt;
  if (as<A_Const>(node)->val.node.type != T_String) return std::nullopt;
  return text_of(as<A_Const>(node)->val.sval.sval);
}

std::optional<double> WhereValues::number(const Node* node) {
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

std::optional<bool> WhereValues::compare(const A_Expr* node, std::string_view name) {
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

std::optional<ColumnUse> WhereValues::column_of(const Node* node) {
  if (!node || node->type != T_ColumnRef) return std::nullopt;
  const Items fields(as<ColumnRef>(node)->fields);
  if (as<Node>(fields[fields.size() - 1])->type == T_A_Star) return std::nullopt;
  const std::size_t uses = walker_.uses_.size();
  const Hits hits = walker_.lookup(as<ColumnRef>(node));
  walker_.uses_.resize(uses);
  const Hit* hit = single(hits);
  if (!hit || hit->column == Table::kNone) return std::nullopt;
  const Source& source = *hit->source;
  const std::string_view name = string_of(fields[fields.size() - 1]);
  if (hit->column == kUnlisted) {
    if (!source.table) return std::nullopt;
    const ColumnUse use = walker_.column_named(source.table, name);
    // ctid and its like are columns that no list names.
    if (use.column == Table::kNone) return ColumnUse{source.table, Table::kNone};
    return use;
  }
  if (source.table) {
    if (source.table->columns_known) return ColumnUse{source.table, hit->column};
    return std::nullopt;
  }
  const Output& output = source.rows.columns[hit->column];
  if (!output.plain || output.behind.size() != 1 || source.rows.filtered) return std::nullopt;
  return output.behind[0];
}

bool WhereValues::same(const Node* a, const Node* b) {
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

const Node* WhereValues::lone_value(const SubLink* link) {
  if (link->subLinkType != EXPR_SUBLINK || link->subselect->type != T_SelectStmt) return nullptr;
  const SelectStmt* select = as<SelectStmt>(link->subselect);
  if (select->op != SETOP_NONE || select->fromClause || select->whereClause ||
      select->valuesLists || select->withClause || Items(select->targetList).size() != 1)
    return nullptr;
  return as<Node>(as<ResTarget>(Items(select->targetList)[0])->val);
}

std::optional<double> WhereValues::arithmetic(const A_Expr* node) {
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

// What the walk notes of it is in the facts already; here only where the references lead.
bool WhereValues::mentions(const Node* node) {
  if (!node) return false;
  const std::size_t uses = walker_.uses_.size();
  const Source* outer = std::exchange(walker_.watched_, &target_);
  const bool outer_seen = std::exchange(walker_.watched_seen_, false);
  walker_.expression(node);
  walker_.watched_ = outer;
  walker_.uses_.resize(uses);
  return std::exchange(walker_.watched_seen_, outer_seen);
}

}  // namespace sallyport::postgres::sql
