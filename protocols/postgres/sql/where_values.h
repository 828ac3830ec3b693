// What expressions in a WHERE are, as far as the text says: constants that can be worked out,
// columns, and whether two of them are the same in every row. In doubt the answer is the one that
// makes a test trivial. Only for this folder; lives within one walk.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {

std::string_view operator_of(const A_Expr* node);
bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list);

class WhereValues {
 public:
  WhereValues(Walker& walker, const Source& target) : walker_(walker), target_(target) {}

  // Without casts, COLLATE, and additions that add nothing.
  const Node* plain(const Node* node);
  static std::optional<std::string_view> text(const Node* node);
  // A constant number, also one that is worked out: x - x, x * 0, 1 + 1.
  std::optional<double> number(const Node* node);
  // Of two constants.
  std::optional<bool> compare(const A_Expr* node, std::string_view name);
  // The column of a table that an expression is, through sub-selects that leave nothing out.
  std::optional<ColumnUse> column_of(const Node* node);
  // True when two expressions have the same value in every row that they can meet in.
  bool same(const Node* a, const Node* b);
  // The x of (SELECT x).
  static const Node* lone_value(const SubLink* link);
  // Whether a column of the target is mentioned at all.
  bool mentions(const Node* node);

 protected:
  Walker& walker_;
  const Source& target_;

 private:
  std::optional<double> arithmetic(const A_Expr* node);
};

}  // namespace sallyport::postgres::sql
