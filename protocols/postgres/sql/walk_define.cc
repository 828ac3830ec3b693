// Definitions: what they read when they are made or whenever what they make is read.
#include "protocols/postgres/sql/statements.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {

void Walker::do_relation(const RangeVar* range) {
  if (!range) return;
  if (range->schemaname) {
    note_write(resolve_table(text_of(range->schemaname), text_of(range->relname)));
  } else if (range->relpersistence == 't') {
    note_write(&named_only("pg_temp", text_of(range->relname)));
  } else {
    note_write(resolve_table({}, text_of(range->relname)));
  }
}

void Walker::do_create_as(const Node* node) {
  const CreateTableAsStmt* create = as<CreateTableAsStmt>(node);
  facts_.kinds.add(create->objtype == OBJECT_MATVIEW ? "create materialized view"
                                                     : "create table as");
  if (create->into->rel) do_relation(create->into->rel);
  if (create->query->type == T_ExecuteStmt) return statement(create->query);
  note_computed(query(create->query));
}

void Walker::do_view(const Node* node) {
  const ViewStmt* view = as<ViewStmt>(node);
  do_relation(view->view);
  note_computed(query(view->query));
}

void Walker::do_index(const Node* node) {
  const IndexStmt* index = as<IndexStmt>(node);
  const Source& source = *change_target(index->relation);
  const std::size_t from = uses_.size();
  const auto element = [&](const void* item) {
    const IndexElem* part = as<IndexElem>(item);
    expression(part->expr);
    if (!part->name) return;
    if (const auto column = find_column(source, text_of(part->name))) {
      use(source, *column);
    } else if (!columns_known(source)) {
      push_use(column_named(source.table, text_of(part->name)));
    }
  };
  for (const void* item : Items(index->indexParams)) element(item);
  for (const void* item : Items(index->indexIncludingParams)) element(item);
  expression(index->whereClause);
  note_computed(from);
}

void Walker::do_statistics(const Node* node) {
  const CreateStatsStmt* statistics = as<CreateStatsStmt>(node);
  from(statistics->relations);
  const std::size_t begin = uses_.size();
  for (const void* item : Items(statistics->exprs)) {
    const StatsElem* element = as<StatsElem>(item);
    expression(element->expr);
    if (!element->name) continue;
    for (const Source* source : scope_->sources) {
      if (const auto column = find_column(*source, text_of(element->name))) {
        use(*source, *column);
      } else if (source->table && !columns_known(*source)) {
        push_use(column_named(source->table, text_of(element->name)));
      }
    }
  }
  note_computed(begin);
}

void Walker::constraint(const Constraint* node) {
  computed(node->raw_expr);
  computed(node->where_clause);
}

void Walker::column_definition(const ColumnDef* column) {
  computed(column->raw_default);
  for (const void* item : Items(column->constraints)) constraint(as<Constraint>(item));
}

void Walker::do_create_table(const Node* node) {
  const CreateStmt* create = as<CreateStmt>(node);
  do_relation(create->relation);
  // CHECK and GENERATED name columns of the new table itself.
  Source own;
  own.name = text_of(create->relation->relname);
  for (const void* item : Items(create->tableElts))
    if (as<Node>(item)->type == T_ColumnDef)
      own.rows.columns.push_back({text_of(as<ColumnDef>(item)->colname), false, {}});
  own.rows.columns_known = !create->inhRelations && !create->partspec;
  for (const void* item : Items(create->tableElts))
    if (as<Node>(item)->type == T_TableLikeClause) own.rows.columns_known = false;
  add_source(std::move(own));
  for (const void* item : Items(create->tableElts)) {
    if (as<Node>(item)->type == T_ColumnDef) column_definition(as<ColumnDef>(item));
    if (as<Node>(item)->type == T_Constraint) constraint(as<Constraint>(item));
  }
  // A child's rows are the parent's too.
  for (const void* item : Items(create->inhRelations)) do_relation(as<RangeVar>(item));
}

void Walker::do_alter_table(const Node* node) {
  const AlterTableStmt* alter = as<AlterTableStmt>(node);
  if (alter->objtype != OBJECT_TABLE)
    facts_.kinds.add("alter " + std::string(word_of(alter->objtype)));
  change_target(alter->relation);
  for (const void* item : Items(alter->cmds)) {
    const AlterTableCmd* command = as<AlterTableCmd>(item);
    switch (command->subtype) {
      case AT_DropColumn:
        facts_.kinds.add("drop column");
        break;
      case AT_DropConstraint:
        facts_.kinds.add("drop constraint");
        break;
      case AT_ChangeOwner:
      case AT_EnableTrig:
      case AT_EnableAlwaysTrig:
      case AT_EnableReplicaTrig:
      case AT_DisableTrig:
      case AT_EnableTrigAll:
      case AT_DisableTrigAll:
      case AT_EnableTrigUser:
      case AT_DisableTrigUser:
      case AT_EnableRule:
      case AT_EnableAlwaysRule:
      case AT_EnableReplicaRule:
      case AT_DisableRule:
      case AT_EnableRowSecurity:
      case AT_DisableRowSecurity:
      case AT_ForceRowSecurity:
      case AT_NoForceRowSecurity:
      case AT_SetTableSpace:
        facts_.add({Action::kAdminister});
        break;
      case AT_AddInherit:
      case AT_AttachPartition:
        moved();
        break;
      default:
        break;
    }
    if (!command->def) continue;
    if (command->def->type == T_ColumnDef) {
      column_definition(as<ColumnDef>(command->def));
    } else if (command->def->type == T_Constraint) {
      constraint(as<Constraint>(command->def));
    } else if (command->subtype == AT_ColumnDefault) {
      computed(command->def);
    }
  }
}

void Walker::do_drop(const Node* node) {
  const DropStmt* drop = as<DropStmt>(node);
  facts_.kinds.add("drop " + std::string(word_of(drop->removeType)));
  switch (drop->removeType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
      for (const void* item : Items(drop->objects)) {
        const Items name(as<List>(item));
        if (name.size() == 0) continue;
        const std::string_view schema =
            name.size() > 1 ? string_of(name[name.size() - 2]) : std::string_view();
        note_write(resolve_table(schema, string_of(name[name.size() - 1])));
      }
      return;
    case OBJECT_EXTENSION:
    case OBJECT_LANGUAGE:
    case OBJECT_POLICY:
    case OBJECT_EVENT_TRIGGER:
    case OBJECT_FDW:
    case OBJECT_FOREIGN_SERVER:
    case OBJECT_PUBLICATION:
    case OBJECT_ACCESS_METHOD:
      return facts_.add({Action::kAdminister});
    default:
      return;
  }
}

// Of RENAME and SET SCHEMA.
void Walker::do_rename(const Node* node) {
  const bool rename = node->type == T_RenameStmt;
  const ObjectType type =
      rename ? as<RenameStmt>(node)->renameType : as<AlterObjectSchemaStmt>(node)->objectType;
  const RangeVar* table =
      rename ? as<RenameStmt>(node)->relation : as<AlterObjectSchemaStmt>(node)->relation;
  facts_.kinds.add("alter " + std::string(word_of(type)));
  if (type == OBJECT_ROLE || type == OBJECT_DATABASE || type == OBJECT_TABLESPACE)
    facts_.add({Action::kAdminister});
  if (table) change_target(table);
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_COLUMN:
    case OBJECT_SCHEMA:
      return moved();
    default:
      return;
  }
}

void Walker::moved() {
  StateChange change;
  change.kind = StateChange::Kind::kMoved;
  remember(std::move(change));
}

void Walker::do_define(const Node* node) {
  const ObjectType type = as<DefineStmt>(node)->kind;
  facts_.kinds.add("create " + std::string(word_of(type)));
  // Aggregates, operators, base types and parsers run functions where nobody sees them.
  if (type != OBJECT_COLLATION && type != OBJECT_TSDICTIONARY && type != OBJECT_TSCONFIGURATION)
    facts_.opaque.add("definition");
}

void Walker::do_schema(const Node* node) {
  for (const void* item : Items(as<CreateSchemaStmt>(node)->schemaElts)) statement(as<Node>(item));
}

void Walker::do_domain(const Node* node) {
  Source value;
  value.rows.columns.push_back({"value", false, {}});
  add_source(std::move(value));
  for (const void* item : Items(as<CreateDomainStmt>(node)->constraints))
    constraint(as<Constraint>(item));
}

void Walker::do_file(const Node* node) { facts_.files.add(text_of(as<LoadStmt>(node)->filename)); }

}  // namespace sallyport::postgres::sql
