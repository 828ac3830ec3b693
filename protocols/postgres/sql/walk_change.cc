// INSERT, UPDATE, DELETE and MERGE: what they change, how narrowly, and what they read for it.
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

class Counted {
 public:
  explicit Counted(int& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  int& count_;
};

// The scope of one statement; restores the one around it.
class Inside {
 public:
  Inside(Scope*& current, Scope& own) : current_(current), outer_(current) {
    own.outer = current;
    current_ = &own;
  }
  ~Inside() { current_ = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Scope*& current_;
  Scope* outer_;
};

bool is_system(const Table* table) {
  return table->schema == "pg_catalog" || table->schema == "information_schema" ||
         table->schema == "pg_toast";
}

}  // namespace

// A common table cannot be changed, so its name means a table here.
Source* Walker::change_target(const RangeVar* range) {
  Source source;
  source.name = text_of(range->relname);
  source.table = resolve_table(text_of(range->schemaname), source.name);
  source.schema = source.table->schema;
  rename(source, range->alias);
  source.renamed.clear();
  note_write(source.table);
  if (is_system(source.table)) {
    facts_.add({Action::kAdminister});
    // Changing the view of settings sets them.
    if (source.table->name == "pg_settings") change_setting("*", std::nullopt, true);
  }
  for (const Table* child : source.table->children) note_write(child);
  for (const ColumnUse& use : source.table->always) note_read(use);
  return add_source(std::move(source));
}

void Walker::assignments(const Source& target, const List* list) {
  for (const void* item : Items(list)) {
    const ResTarget* set = as<ResTarget>(item);
    note_write(target.table, text_of(set->name));
    computed_all(set->indirection);
    computed(set->val);
  }
}

Rows Walker::returning(const List* list) {
  if (!list) return {};
  const std::size_t before = reads_.size();
  Rows rows = targets(list);
  if (reads_.size() > before) facts_.add({Action::kRead});
  return rows;
}

Rows Walker::insert(const InsertStmt* statement) {
  facts_.kinds.add("insert");
  facts_.add({Action::kWrite});
  Scope scope;
  const Inside inside(scope_, scope);
  with(statement->withClause);
  const std::size_t from = uses_.size();
  if (statement->selectStmt) {
    const SelectStmt* source = as<SelectStmt>(statement->selectStmt);
    if (source->valuesLists && !source->withClause) {
      // VALUES alone reads nothing; sub-selects within it say so themselves.
      Scope values_scope;
      const Inside values_inside(scope_, values_scope);
      note_computed(values(source));
    } else {
      note_computed(query(source));
    }
  }
  Source& target = *change_target(statement->relation);
  for (const void* item : Items(statement->cols))
    note_write(target.table, text_of(as<ResTarget>(item)->name));
  if (!statement->cols && target.table->columns_known)
    for (const Column& column : target.table->columns) note_write(target.table, column.name);
  if (statement->onConflictClause) on_conflict(statement->onConflictClause, target);
  Rows rows = returning(statement->returningList);
  uses_.resize(from);
  return rows;
}

// The row is the one that the new one collides with: no WHERE is needed to narrow it.
void Walker::on_conflict(const OnConflictClause* clause, const Source& target) {
  if (clause->infer) {
    for (const void* item : Items(clause->infer->indexElems)) {
      const IndexElem* element = as<IndexElem>(item);
      if (element->name)
        push_use(column_named(target.table, text_of(element->name)).column == Table::kNone
                     ? ColumnUse{target.table, Table::kNone}
                     : column_named(target.table, text_of(element->name)));
      computed(element->expr);
    }
    computed(clause->infer->whereClause);
  }
  Source excluded;
  excluded.name = "excluded";
  excluded.table = target.table;
  excluded.own_values = true;
  const std::size_t before = scope_->sources.size();
  add_source(std::move(excluded));
  // Only its full name is certain to mean it.
  assignments(target, clause->targetList);
  computed(clause->whereClause);
  scope_->sources.truncate(before);
}

Rows Walker::update(const UpdateStmt* statement) {
  const Counted counted(changes_within_);
  facts_.kinds.add("update");
  facts_.add({Action::kWrite});
  Scope scope;
  const Inside inside(scope_, scope);
  with(statement->withClause);
  const std::size_t begin = uses_.size();
  Source& target = *change_target(statement->relation);
  if (statement->fromClause) facts_.add({Action::kRead});
  from(statement->fromClause);
  assignments(target, statement->targetList);
  computed(statement->whereClause);
  facts_.where.add(where_kind(statement->whereClause, target));
  Rows rows = returning(statement->returningList);
  rows.filtered = true;
  uses_.resize(begin);
  return rows;
}

Rows Walker::remove(const DeleteStmt* statement) {
  const Counted counted(changes_within_);
  facts_.kinds.add("delete");
  facts_.add({Action::kDelete});
  Scope scope;
  const Inside inside(scope_, scope);
  with(statement->withClause);
  const std::size_t begin = uses_.size();
  Source& target = *change_target(statement->relation);
  if (statement->usingClause) facts_.add({Action::kRead});
  from(statement->usingClause);
  computed(statement->whereClause);
  facts_.where.add(where_kind(statement->whereClause, target));
  Rows rows = returning(statement->returningList);
  rows.filtered = true;
  uses_.resize(begin);
  return rows;
}

Rows Walker::merge(const MergeStmt* statement) {
  const Counted counted(changes_within_);
  facts_.kinds.add("merge");
  facts_.add({Action::kWrite, Action::kRead});
  Scope scope;
  const Inside inside(scope_, scope);
  with(statement->withClause);
  const std::size_t begin = uses_.size();
  Source& target = *change_target(statement->relation);
  from_item(statement->sourceRelation);
  computed(statement->joinCondition);
  bool changes_rows = false;
  for (const void* item : Items(statement->mergeWhenClauses)) {
    const MergeWhenClause* when = as<MergeWhenClause>(item);
    computed(when->condition);
    if (when->commandType == CMD_DELETE) facts_.add({Action::kDelete});
    changes_rows =
        changes_rows || when->commandType == CMD_DELETE || when->commandType == CMD_UPDATE;
    assignments(target, when->targetList);
    computed_all(when->values);
  }
  if (changes_rows) facts_.where.add(where_kind(statement->joinCondition, target));
  uses_.resize(begin);
  return {};
}

}  // namespace sallyport::postgres::sql
