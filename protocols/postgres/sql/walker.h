// The walk over one statement's tree that gathers its facts; only for this folder. Goes down to a
// named depth, meets every node kind that the grammar makes, and calls what it does not know
// unknown. Lives on the stack for one statement; borrows tree, catalog and state.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/sql/catalog.h"
#include "protocols/postgres/sql/facts.h"
#include "protocols/postgres/sql/few.h"
#include "protocols/postgres/sql/session_state.h"
#include "protocols/postgres/sql/tree.h"

namespace sallyport::postgres::sql {

// A column that an expression mentions. What count() counts is read and not computed with.
struct Use {
  ColumnUse column;
  bool counted = false;
};

// One column of a query's result, and the columns of tables behind it.
struct Output {
  std::string_view name;
  bool plain = true;  // its value is exactly that of a column behind it
  Few<ColumnUse, 1> behind;
};

struct Rows {
  std::vector<Output> columns;
  bool columns_known = true;
  bool filtered = false;  // not every row of what is behind it
};

// One item of FROM, or the table that is changed.
struct Source {
  std::string_view name;    // by which columns are qualified
  std::string_view schema;  // of a table without an alias
  const Table* table = nullptr;
  std::vector<std::string_view> renamed;  // column aliases of a table
  Rows rows;                              // of what is no table
  bool named = true;        // false behind the alias of a join: seen by bare column names only
  bool own_values = false;  // EXCLUDED: what the statement itself brings
};

struct CommonTable {
  std::string_view name;
  const Rows* rows = nullptr;
};

struct Scope {
  Scope* outer = nullptr;
  Few<Source*, 4> sources;
  std::vector<CommonTable> tables;  // of WITH
};

// No column that is known of its source: a function written like one, or a column that nobody
// named.
inline constexpr std::uint32_t kUnlisted = Table::kNone - 1;

// A place where a column reference leads.
struct Hit {
  const Source* source = nullptr;
  std::uint32_t column = Table::kNone;  // kNone: the whole row
  bool maybe = false;                   // only if the nearer ones have no such column
};

using Hits = Few<Hit, 2>;

// The one that the others only stand in for; null when there are several, or none.
inline const Hit* single(const Hits& hits) {
  return hits.size() == 1 || (hits.size() > 1 && hits[1].maybe) ? hits.begin() : nullptr;
}

using Uses = std::pmr::vector<ColumnUse>;

class Walker {
 public:
  // `steps` bounds the walk.
  Walker(const Catalog& catalog, const SessionState& state, std::size_t steps);

  // Functions that the target calls harmless, by their full names; borrowed.
  void set_harmless(const std::set<std::string, std::less<>>* names) { harmless_ = names; }
  // `node` is what a RawStmt holds.
  void statement(const Node* node);
  // A view's query or any other, as a table of the catalog has it.
  Rows query_rows(const Node* node);

  StatementFacts facts();
  std::vector<StateChange>& changes() { return changes_; }
  const Uses& computes() const { return computes_; }
  bool uses_state() const { return uses_state_; }

 private:
  friend class WhereTest;
  friend class WhereValues;
  struct StatementRow;
  using Handler = void (Walker::*)(const Node*);

  class Level {
   public:
    explicit Level(Walker& walker);
    ~Level() { --walker_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    bool good() const;

   private:
    Walker& walker_;
  };

  // walk_names.cc: what names mean, and what is noted of them.
  const Table* resolve_table(std::string_view schema, std::string_view name);
  Table& named_only(std::string_view schema, std::string_view name);
  ColumnUse column_named(const Table* table, std::string_view name);
  std::string_view column_name(const Source& source, std::size_t i) const;
  std::size_t column_count(const Source& source) const;
  bool columns_known(const Source& source) const;
  std::optional<std::uint32_t> find_column(const Source& source, std::string_view name) const;
  Hits lookup(const ColumnRef* reference);
  Hits lookup_bare(std::string_view name);
  void add_unlisted(const Scope& scope, std::string_view name, bool maybe, Hits& hits);
  const Source* find_source(std::string_view schema, std::string_view name);
  void reference(const ColumnRef* reference);
  void functional(const Source& source, std::string_view function);
  void use(const Source& source, std::uint32_t column);
  void use_all(const Source& source);
  void push_use(ColumnUse column);
  void note_read(ColumnUse column);
  void note_computed(std::size_t from);
  void note_computed(const Rows& rows);
  void note_write(const Table* table, std::string_view column = {});

  // walk_expression.cc
  void expression(const void* node);
  void expressions(const List* list);
  // The same, and all that it mentions is computed with.
  void computed(const void* node);
  void computed_all(const List* list);
  void function_call(const FuncCall* call);
  bool is_projection(const FuncCall* call, std::string_view name);
  void call_named(std::string_view schema, std::string_view name);
  void operator_named(const List* name);
  void sub_link(const SubLink* link);
  void indirection(const A_Indirection* node);
  void sql_value(const Node* node);
  void set_config(const FuncCall* call);
  void change_setting(std::string_view name, const std::optional<std::string>& value,
                      bool by_function);

  // walk_query.cc
  Rows query(const void* node);
  Rows select(const SelectStmt* select);
  Rows set_operation(const SelectStmt* select);
  Rows values(const SelectStmt* select);
  Rows plain_select(const SelectStmt* select);
  bool leaves_out(const SelectStmt* statement);
  Rows targets(const List* list, bool star_read = true);
  void star(const ColumnRef* reference, Rows& rows);
  void add_source_columns(const Source& source, Rows& rows);
  void group_and_order(const SelectStmt* select, Rows& rows);
  void with(const WithClause* clause);
  Rows recursive(const CommonTableExpr* table, const SelectStmt* select);
  void from(const List* list);
  void from_item(const void* node);
  void join(const JoinExpr* join);
  void join_columns(const JoinExpr* join, std::size_t left, std::size_t right);
  Source* range_table(const RangeVar* table);
  void range_function(const RangeFunction* function);
  void rename(Source& source, const Alias* alias);
  Source* add_source(Source source);
  const Rows* find_common(std::string_view name);
  void into(const IntoClause* clause, const Rows& rows);

  // walk_change.cc
  Rows insert(const InsertStmt* statement);
  Rows update(const UpdateStmt* statement);
  Rows remove(const DeleteStmt* statement);
  Rows merge(const MergeStmt* statement);
  Source* change_target(const RangeVar* table);
  void assignments(const Source& target, const List* list);
  void on_conflict(const OnConflictClause* clause, const Source& target);
  Rows returning(const List* list);

  // walk_statement.cc and walk_define.cc: everything that is no query.
  void do_query(const Node* node);
  void do_transaction(const Node* node);
  void do_explain(const Node* node);
  void do_prepare(const Node* node);
  void do_execute(const Node* node);
  void do_deallocate(const Node* node);
  void do_declare(const Node* node);
  void do_fetch(const Node* node);
  void do_copy(const Node* node);
  void do_call(const Node* node);
  void do_set(const Node* node);
  void do_discard(const Node* node);
  void do_truncate(const Node* node);
  void do_lock(const Node* node);
  void do_vacuum(const Node* node);
  void do_create_as(const Node* node);
  void do_view(const Node* node);
  void do_index(const Node* node);
  void do_statistics(const Node* node);
  void do_create_table(const Node* node);
  void do_alter_table(const Node* node);
  void do_drop(const Node* node);
  void do_rename(const Node* node);
  void moved();
  void do_define(const Node* node);
  void do_schema(const Node* node);
  void do_file(const Node* node);
  void do_domain(const Node* node);
  void do_relation(const RangeVar* table);
  void column_definition(const ColumnDef* column);
  void constraint(const Constraint* node);
  static const StatementRow* find_row(NodeTag tag);

  // walk_where.cc
  std::string_view where_kind(const Node* where, const Source& target);

  // False once the walk has taken all its steps; then the statement is unknown.
  bool step(std::size_t count = 1);
  void remember(StateChange change) { changes_.push_back(std::move(change)); }
  std::shared_ptr<const StatementFacts> named(StateChange::Kind kind, std::string_view name);
  void unjudged() { facts_.set_unknown("unjudged"); }

  const Catalog& catalog_;
  const SessionState& state_;
  const std::set<std::string, std::less<>>* harmless_ = nullptr;
  StatementFacts facts_;
  std::vector<StateChange> changes_;
  std::array<std::byte, 1'536> buffer_;
  std::pmr::monotonic_buffer_resource memory_{buffer_.data(), buffer_.size()};
  Uses reads_{&memory_};
  Uses computes_{&memory_};
  std::pmr::vector<Use> uses_{&memory_};  // of the expression being walked
  Scope* scope_ = nullptr;
  std::list<Source> sources_;
  std::list<Rows> common_rows_;
  std::list<Table> named_only_;  // known by name alone
  // Set while somebody asks whether an expression mentions this source.
  const Source* watched_ = nullptr;
  bool watched_seen_ = false;
  // The query of an EXISTS: the server drops its list of columns, so `*` there reads none.
  const void* star_unread_ = nullptr;
  std::size_t steps_left_;
  int changes_within_ = 0;  // UPDATE, DELETE and MERGE around what is being walked
  int depth_ = 0;
  bool uses_state_ = false;
};

}  // namespace sallyport::postgres::sql
