#include "protocols/postgres/sql/schema_file.h"

#include <algorithm>
#include <charconv>

#include "protocols/postgres/sql/parser.h"
#include "protocols/postgres/sql/precheck.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

struct FullName {
  std::string schema;
  std::string name;
};

FullName full_name(const List* list) {
  const Items parts(list);
  FullName out;
  if (parts.size() > 0) out.name = string_of(parts[parts.size() - 1]);
  out.schema = parts.size() > 1 ? string_of(parts[parts.size() - 2]) : "public";
  return out;
}

FullName full_name(const RangeVar* range) {
  return {range->schemaname ? range->schemaname : "public", std::string(text_of(range->relname))};
}

class SchemaReader {
 public:
  // The rows of a server say more than a file's statements do: see catalog_query().
  SchemaReader(Catalog& catalog, bool server, std::size_t bytes)
      : catalog_(catalog), server_(server), bytes_(bytes) {}

  void statement(const Node* node) {
    switch (node->type) {
      case T_CreateStmt:
        return table(as<CreateStmt>(node));
      case T_CreateForeignTableStmt:
        return table(&as<CreateForeignTableStmt>(node)->base);
      case T_ViewStmt:
        return view(as<ViewStmt>(node)->view, as<ViewStmt>(node)->query,
                    as<ViewStmt>(node)->aliases);
      case T_CreateTableAsStmt: {
        const CreateTableAsStmt* create = as<CreateTableAsStmt>(node);
        return view(create->into->rel, create->query, create->into->colNames);
      }
      case T_CreateFunctionStmt:
        return function(as<CreateFunctionStmt>(node));
      case T_VariableSetStmt:
        return search_path(as<VariableSetStmt>(node));
      case T_DefineStmt:
        return define(as<DefineStmt>(node));
      case T_AlterTableStmt:
        return alter(as<AlterTableStmt>(node));
      case T_CreateSchemaStmt:
        for (const void* item : Items(as<CreateSchemaStmt>(node)->schemaElts))
          statement(as<Node>(item));
        return;
      default:
        return;
    }
  }

 private:
  Table* find(const RangeVar* range) {
    const FullName name = full_name(range);
    return catalog_.find_table(name.schema, name.name);
  }

  static void set_not_null(Table& table, std::string_view column) {
    const std::uint32_t at = table.find(column);
    if (at != Table::kNone) table.columns[at].not_null = true;
  }

  static void constraint(Table& table, const Constraint* node, std::string_view column) {
    if (node->contype != CONSTR_PRIMARY && node->contype != CONSTR_NOTNULL) return;
    if (!column.empty()) set_not_null(table, column);
    for (const void* key : Items(node->keys)) set_not_null(table, string_of(key));
  }

  static void column(Table& table, const ColumnDef* definition) {
    const std::string_view name = text_of(definition->colname);
    if (table.columns.size() >= kColumns) {
      table.columns_known = false;
      return;
    }
    if (table.find(name) == Table::kNone) {
      Column added;
      added.name = name;
      table.columns.push_back(std::move(added));
    }
    if (definition->is_not_null) set_not_null(table, name);
    for (const void* item : Items(definition->constraints))
      constraint(table, as<Constraint>(item), name);
  }

  // A row of the child is a row of every table above it.
  void inherit(Table& child, Table& parent) {
    if (&child == &parent) return;
    for (const Column& each : parent.columns)
      if (child.find(each.name) == Table::kNone && child.columns.size() < kColumns)
        child.columns.push_back(each);
    const auto link = [&](Table& above) {
      if (std::find(child.parents.begin(), child.parents.end(), &above) != child.parents.end())
        return;
      child.parents.push_back(&above);
      above.children.push_back(&child);
    };
    link(parent);
    for (const Table* above : std::vector<const Table*>(parent.parents))
      if (Table* own = catalog_.find_table(above->schema, above->name)) link(*own);
  }

  void table(const CreateStmt* create) {
    const FullName name = full_name(create->relation);
    Table& made = catalog_.add_table(name.schema, name.name);
    made.columns_known = true;
    for (const void* item : Items(create->inhRelations))
      if (Table* parent = find(as<RangeVar>(item))) inherit(made, *parent);
    for (const void* item : Items(create->tableElts)) {
      const Node* element = as<Node>(item);
      if (element->type == T_ColumnDef) column(made, as<ColumnDef>(element));
      if (element->type == T_Constraint) constraint(made, as<Constraint>(element), {});
      if (element->type != T_TableLikeClause) continue;
      const Table* like = find(as<TableLikeClause>(element)->relation);
      if (!like || like == &made) continue;
      for (const Column& each : like->columns)
        if (made.columns.size() < kColumns) made.columns.push_back(each);
    }
  }

  void function(const CreateFunctionStmt* create) {
    const FullName name = full_name(create->funcname);
    // PostgreSQL's own are known by name.
    if (name.schema != "pg_catalog") catalog_.add_function(name.schema, name.name);
    if (!server_) return;
    for (const void* item : Items(create->options)) {
      const DefElem* option = as<DefElem>(item);
      if (text_of(option->defname) != "as" || !option->arg || option->arg->type != T_List) continue;
      const Items body(as<List>(option->arg));
      const std::string_view digits = body.size() == 1 ? string_of(body[0]) : std::string_view();
      std::uint32_t number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (number != 0) catalog_.number_function(number, name.schema + "." + name.name);
    }
  }

  void search_path(const VariableSetStmt* set) {
    if (!server_ || text_of(set->name) != "search_path") return;
    std::vector<std::string> path;
    for (const void* item : Items(set->args)) {
      const Node* node = as<Node>(item);
      if (node->type != T_A_Const || as<A_Const>(node)->val.node.type != T_String) continue;
      const std::string_view schema = text_of(as<A_Const>(node)->val.sval.sval);
      if (!schema.empty()) path.emplace_back(schema);
    }
    catalog_.set_search_path(std::move(path));
  }

  void view(const RangeVar* range, const Node* query, const List* aliases) {
    const SessionState fresh(catalog_.search_path());
    Walker walker(catalog_, fresh, kWalkSteps + kWalkStepsPerByte * bytes_);
    const Rows rows = walker.query_rows(query);
    const FullName name = full_name(range);
    Table& made = catalog_.add_table(name.schema, name.name);
    made.is_view = true;
    made.columns_known = rows.columns_known && rows.columns.size() <= kColumns;
    const Items names(aliases);
    // Before the catalog changes: the rows may view names in it, of a view that is made again.
    std::vector<Column> columns;
    for (std::size_t i = 0; i < rows.columns.size() && i < kColumns; ++i) {
      Column& added = columns.emplace_back();
      added.name = i < names.size() ? string_of(names[i]) : rows.columns[i].name;
      added.plain = rows.columns[i].plain;
    }
    for (std::size_t i = 0; i < columns.size(); ++i)
      for (const ColumnUse& use : rows.columns[i].behind) add(columns[i].behind, use);
    for (Column& added : columns) {
      // A view that was made before may have named it already.
      const std::uint32_t known = made.find(added.name);
      if (known == Table::kNone) {
        made.columns.push_back(std::move(added));
      } else {
        made.columns[known] = std::move(added);
      }
    }
    for (const ColumnUse& use : walker.computes()) add(made.always, use);
  }

  // Only what the catalog itself holds outlives the walk.
  void add(std::vector<ColumnUse>& uses, ColumnUse use) {
    if (use.column == Table::kNone) return;
    Table* own = catalog_.find_table(use.table->schema, use.table->name);
    if (own == use.table) return uses.push_back(use);
    Table& kept = catalog_.add_table(use.table->schema, use.table->name);
    const std::string& name = use.table->columns[use.column].name;
    std::uint32_t column = kept.find(name);
    if (column == Table::kNone) {
      column = static_cast<std::uint32_t>(kept.columns.size());
      Column added;
      added.name = name;
      kept.columns.push_back(std::move(added));
    }
    uses.push_back({&kept, column});
  }

  void define(const DefineStmt* define) {
    const FullName name = full_name(define->defnames);
    if (define->kind == OBJECT_AGGREGATE) catalog_.add_function(name.schema, name.name);
  }

  void alter(const AlterTableStmt* alter) {
    Table* table = find(alter->relation);
    if (!table || table->is_view) return;
    for (const void* item : Items(alter->cmds)) {
      const AlterTableCmd* command = as<AlterTableCmd>(item);
      if (command->subtype == AT_AddColumn) column(*table, as<ColumnDef>(command->def));
      if (command->subtype == AT_AddConstraint)
        constraint(*table, as<Constraint>(command->def), {});
      if (command->subtype == AT_AddInherit && command->def)
        if (Table* parent = find(as<RangeVar>(command->def))) inherit(*table, *parent);
      if (command->subtype == AT_SetNotNull) set_not_null(*table, text_of(command->name));
      if (command->subtype != AT_AttachPartition || !command->def) continue;
      if (Table* child = find(as<PartitionCmd>(command->def)->name)) inherit(*child, *table);
    }
  }

  Catalog& catalog_;
  const bool server_;
  const std::size_t bytes_;
};

}  // namespace

namespace {

// Empty, or why the text could not be read.
std::string read_into(Catalog& catalog, std::string_view text, bool server) {
  if (const std::string_view wrong = precheck(text); !wrong.empty()) return std::string(wrong);
  if (!is_server_text(text)) return "the text is not UTF-8";
  const std::string copy(text);
  sallyport_sql_tree tree;
  sallyport_sql_parse(copy.c_str(), &tree);
  std::string error = tree.message;
  if (error.empty()) {
    SchemaReader reader(catalog, server, text.size());
    for (const void* item : Items(as<List>(tree.statements)))
      reader.statement(as<RawStmt>(item)->stmt);
  }
  sallyport_sql_free(&tree);
  return error;
}

}  // namespace

Result<std::shared_ptr<const Catalog>> read_schema(std::string_view text) {
  auto catalog = std::make_shared<Catalog>();
  std::string error = read_into(*catalog, text, false);
  if (!error.empty()) return Error{ErrorCode::kMalformed, std::move(error)};
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

CatalogBuilder::CatalogBuilder() : catalog_(std::make_shared<Catalog>()) {}

void CatalogBuilder::add(std::string_view definition) {
  if (!read_into(*catalog_, definition, true).empty()) ++passed_over_;
}

// PostgreSQL quotes the names itself; types do not matter to us. The search path comes first, then
// tables, who inherits from whom, functions with their numbers in the place of their bodies, and
// views in the order of their making.
std::string_view catalog_query() {
  return R"(SELECT definition FROM (
SELECT 0 AS part, 0::pg_catalog.oid AS oid, 'SET search_path TO ' || coalesce(
  (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ')
   FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) s), '""') AS definition
UNION ALL
SELECT 1, c.oid, pg_catalog.format('CREATE TABLE %I.%I (%s)', n.nspname, c.relname,
  (SELECT pg_catalog.string_agg(pg_catalog.format('%I text%s', a.attname,
     CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
UNION ALL
SELECT 2, i.inhrelid, pg_catalog.format('ALTER TABLE %I.%I INHERIT %I.%I', n.nspname, c.relname,
  pn.nspname, p.relname)
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
UNION ALL
SELECT 3, p.oid, pg_catalog.format('CREATE FUNCTION %I.%I() RETURNS text LANGUAGE sql AS %L',
  n.nspname, p.proname, p.oid)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname <> 'information_schema'
UNION ALL
SELECT 4, c.oid, pg_catalog.format('CREATE VIEW %I.%I AS %s', n.nspname, c.relname,
  pg_catalog.pg_get_viewdef(c.oid))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
) q ORDER BY part, oid)";
}

}  // namespace sallyport::postgres::sql
