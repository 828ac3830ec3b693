// Statements about the session: transactions, settings, prepared statements, cursors, EXPLAIN and
// COPY.
#include "protocols/postgres/sql/settings.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

std::string_view kind_of(TransactionStmtKind kind) {
  switch (kind) {
    case TRANS_STMT_BEGIN:
    case TRANS_STMT_START:
      return "begin";
    case TRANS_STMT_COMMIT:
      return "commit";
    case TRANS_STMT_ROLLBACK:
      return "rollback";
    case TRANS_STMT_SAVEPOINT:
      return "savepoint";
    case TRANS_STMT_RELEASE:
      return "release";
    case TRANS_STMT_ROLLBACK_TO:
      return "rollback to";
    case TRANS_STMT_PREPARE:
      return "prepare transaction";
    case TRANS_STMT_COMMIT_PREPARED:
      return "commit prepared";
    case TRANS_STMT_ROLLBACK_PREPARED:
      return "rollback prepared";
  }
  return "transaction";
}

std::string text_of_constant(const Node* node) {
  while (node && node->type == T_TypeCast) node = as<TypeCast>(node)->arg;
  if (!node || node->type != T_A_Const || as<A_Const>(node)->isnull) return {};
  const A_Const* constant = as<A_Const>(node);
  if (constant->val.node.type == T_String) return std::string(text_of(constant->val.sval.sval));
  if (constant->val.node.type == T_Integer) return std::to_string(constant->val.ival.ival);
  if (constant->val.node.type == T_Float) return std::string(text_of(constant->val.fval.fval));
  return {};
}

// What stands after SET name TO, as set_config would take it.
std::optional<std::string> value_of(const VariableSetStmt* set) {
  if (set->kind != VAR_SET_VALUE) return std::nullopt;
  const Items arguments(set->args);
  if (arguments.size() == 1 && text_of(set->name) != "search_path")
    return text_of_constant(as<Node>(arguments[0]));
  std::string out;
  for (const void* argument : arguments) {
    if (!out.empty()) out += ", ";
    out.push_back('"');
    for (char c : text_of_constant(as<Node>(argument))) {
      // A name with a quote in it is none that we look up.
      if (c == '"') return std::nullopt;
      out.push_back(c);
    }
    out.push_back('"');
  }
  return out;
}

// An option of EXPLAIN counts as given unless it is certainly off.
bool is_on(const DefElem* option) {
  const Node* value = option->arg;
  if (!value) return true;
  if (value->type == T_Integer) return as<Integer>(value)->ival != 0;
  const std::string text = setting_name(string_of(value));
  return text != "off" && text != "false";
}

}  // namespace

void Walker::do_transaction(const Node* node) {
  facts_.kinds.add(kind_of(as<TransactionStmt>(node)->kind));
}

// A plan is made and not run, but functions that do not depend on rows run while it is made.
void Walker::do_explain(const Node* node) {
  const ExplainStmt* explain = as<ExplainStmt>(node);
  bool runs = false;
  for (const void* item : Items(explain->options)) {
    const DefElem* option = as<DefElem>(item);
    if (text_of(option->defname) == "analyze") runs = is_on(option);
  }
  if (runs) return statement(explain->query);
  StatementFacts outside = std::move(facts_);
  facts_ = {};
  const std::size_t changes = changes_.size();
  statement(explain->query);
  changes_.resize(std::min(changes, changes_.size()));
  StatementFacts planned = std::move(facts_);
  const bool unknown = planned.actions.has(Action::kUnknown);
  planned.actions = planned.function_actions;
  if (unknown) planned.actions.add(Action::kUnknown);
  planned.where = {};
  planned.writes = {};
  facts_ = std::move(outside);
  facts_.add(planned);
}

std::shared_ptr<const StatementFacts> Walker::named(StateChange::Kind kind, std::string_view name) {
  uses_state_ = true;
  return kind == StateChange::Kind::kPrepare ? state_.prepared(name) : state_.cursor(name);
}

// What it will do is judged when it is named and again whenever it runs.
void Walker::do_prepare(const Node* node) {
  const PrepareStmt* prepare = as<PrepareStmt>(node);
  Walker inner(catalog_, state_, steps_left_);
  inner.depth_ = depth_;
  inner.harmless_ = harmless_;
  inner.statement(prepare->query);
  auto facts = std::make_shared<StatementFacts>(inner.facts());
  facts_.add(*facts);
  StateChange change{
      StateChange::Kind::kPrepare, std::string(text_of(prepare->name)), facts, {}, true};
  remember(std::move(change));
}

void Walker::do_execute(const Node* node) {
  const ExecuteStmt* execute = as<ExecuteStmt>(node);
  computed_all(execute->params);
  const auto facts = named(StateChange::Kind::kPrepare, text_of(execute->name));
  if (facts) {
    facts_.add(*facts);
  } else {
    unjudged();
  }
}

void Walker::do_deallocate(const Node* node) {
  StateChange change;
  change.kind = StateChange::Kind::kDeallocate;
  change.name = text_of(as<DeallocateStmt>(node)->name);
  remember(std::move(change));
}

void Walker::do_declare(const Node* node) {
  const DeclareCursorStmt* declare = as<DeclareCursorStmt>(node);
  Walker inner(catalog_, state_, steps_left_);
  inner.depth_ = depth_;
  inner.harmless_ = harmless_;
  inner.statement(declare->query);
  auto facts = std::make_shared<StatementFacts>(inner.facts());
  facts_.add(*facts);
  StateChange change{
      StateChange::Kind::kCursor, std::string(text_of(declare->portalname)), facts, {}, true};
  remember(std::move(change));
}

void Walker::do_fetch(const Node* node) {
  const auto facts = named(StateChange::Kind::kCursor, text_of(as<FetchStmt>(node)->portalname));
  if (facts) {
    facts_.add(*facts);
  } else {
    unjudged();
  }
}

void Walker::do_copy(const Node* node) {
  const CopyStmt* copy = as<CopyStmt>(node);
  facts_.add({copy->is_from ? Action::kWrite : Action::kRead});
  facts_.kinds.add(copy->is_from ? "copy from" : "copy to");
  if (copy->is_program) {
    facts_.add({Action::kExecute, Action::kAdminister});
    facts_.programs.add(text_of(copy->filename));
  } else if (copy->filename) {
    facts_.add({Action::kAdminister});
    facts_.files.add(text_of(copy->filename));
  }
  if (copy->query) {
    // Rows leave as text, not as columns.
    note_computed(query(copy->query));
    return;
  }
  if (!copy->relation) return;
  if (copy->is_from) {
    Source& target = *change_target(copy->relation);
    for (const void* name : Items(copy->attlist)) note_write(target.table, string_of(name));
    return computed(copy->whereClause);
  }
  const Source& source = *range_table(copy->relation);
  note_read({source.table, Table::kNone});
  const std::size_t from = uses_.size();
  for (const void* name : Items(copy->attlist)) {
    if (const auto column = find_column(source, string_of(name))) {
      use(source, *column);
    } else if (!columns_known(source)) {
      push_use(column_named(source.table, string_of(name)));
    }
  }
  if (!copy->attlist) use_all(source);
  note_computed(from);
}

void Walker::do_call(const Node* node) {
  if (as<CallStmt>(node)->funccall) computed(as<CallStmt>(node)->funccall);
}

void Walker::do_set(const Node* node) {
  const VariableSetStmt* set = as<VariableSetStmt>(node);
  const std::string_view name = text_of(set->name);
  if (set->kind == VAR_RESET_ALL) {
    facts_.kinds.add("reset all");
    facts_.settings.add("*");
    facts_.add({Action::kAdminister});
    StateChange change;
    return remember(std::move(change));
  }
  if (set->kind == VAR_SET_MULTI) {
    // Transaction modes; TRANSACTION SNAPSHOT takes over what another session exported.
    facts_.kinds.add("set transaction");
    facts_.add({Action::kRead});
    return;
  }
  facts_.kinds.add(set->kind == VAR_RESET ? "reset" : "set");
  change_setting(name, value_of(set), false);
}

void Walker::do_discard(const Node* node) {
  const DiscardMode mode = as<DiscardStmt>(node)->target;
  facts_.kinds.add(mode == DISCARD_ALL ? "discard all" : "discard");
  if (mode == DISCARD_PLANS || mode == DISCARD_SEQUENCES) return facts_.add({Action::kRead});
  if (mode == DISCARD_TEMP) return facts_.add({Action::kDelete});
  facts_.settings.add("*");
  facts_.add({Action::kAdminister});
  remember(StateChange{});
  StateChange forget;
  forget.kind = StateChange::Kind::kDeallocate;
  remember(std::move(forget));
}

void Walker::do_truncate(const Node* node) {
  for (const void* item : Items(as<TruncateStmt>(node)->relations))
    change_target(as<RangeVar>(item));
}

void Walker::do_lock(const Node* node) {
  for (const void* item : Items(as<LockStmt>(node)->relations)) change_target(as<RangeVar>(item));
}

void Walker::do_vacuum(const Node* node) {
  const VacuumStmt* vacuum = as<VacuumStmt>(node);
  facts_.kinds.add(vacuum->is_vacuumcmd ? "vacuum" : "analyze");
  for (const void* item : Items(vacuum->rels))
    if (as<VacuumRelation>(item)->relation) change_target(as<VacuumRelation>(item)->relation);
}

}  // namespace sallyport::postgres::sql
