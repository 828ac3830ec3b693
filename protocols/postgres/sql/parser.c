#include "protocols/postgres/sql/parser.h"

#include <pg_query.h>
/* The library's header, then PostgreSQL's own. */
#include <pg_query/pg_query_internal.h>
#include <nodes/parsenodes.h>
#include <stdlib.h>
#include <string.h>

void sallyport_sql_parse(const char* text, struct sallyport_sql_tree* tree) {
  MemoryContext memory = pg_query_enter_memory_context();
  PgQueryInternalParsetreeAndError parsed = pg_query_raw_parse(text);
  free(parsed.stderr_buffer);
  tree->memory = memory;
  tree->statements = parsed.tree;
  tree->message[0] = '\0';
  tree->position = 0;
  if (parsed.error == NULL) return;
  const char* message = parsed.error->message != NULL ? parsed.error->message : "syntax error";
  strncpy(tree->message, message, sizeof tree->message - 1);
  tree->message[sizeof tree->message - 1] = '\0';
  tree->position = parsed.error->cursorpos;
  tree->statements = NULL;
  pg_query_free_error(parsed.error);
}

void sallyport_sql_free(struct sallyport_sql_tree* tree) {
  if (tree->memory != NULL) pg_query_exit_memory_context(tree->memory);
  tree->memory = NULL;
  tree->statements = NULL;
}

/* One statement of each kind that a mistake about would be worst, with the tag our headers give
 * it; tags are numbered in one sequence, so a library of other headers cannot agree on all. */
static const struct {
  const char* text;
  NodeTag tag;
} kSamples[] = {
    {"SELECT 1", T_SelectStmt},
    {"INSERT INTO t VALUES (1)", T_InsertStmt},
    {"UPDATE t SET a = 1", T_UpdateStmt},
    {"DELETE FROM t", T_DeleteStmt},
    {"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", T_MergeStmt},
    {"DROP TABLE t", T_DropStmt},
    {"TRUNCATE t", T_TruncateStmt},
    {"COPY t TO STDOUT", T_CopyStmt},
    {"DO ''", T_DoStmt},
    {"CALL p()", T_CallStmt},
    {"SET a = 1", T_VariableSetStmt},
    {"SHOW a", T_VariableShowStmt},
    {"BEGIN", T_TransactionStmt},
    {"EXECUTE p", T_ExecuteStmt},
    {"FETCH c", T_FetchStmt},
    {"LISTEN c", T_ListenStmt},
    {"ALTER SYSTEM SET a = 1", T_AlterSystemStmt},
    {"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", T_CreateSubscriptionStmt},
    {"DROP SUBSCRIPTION s", T_DropSubscriptionStmt},
};

/* Deep in the tree: SELECT f(a.b) FROM s.t WHERE c = 'x'. */
static const char* check_fields(const SelectStmt* select) {
  if (list_length(select->targetList) != 1 || list_length(select->fromClause) != 1 ||
      select->whereClause == NULL)
    return "the fields of SELECT";
  const ResTarget* target = linitial(select->targetList);
  if (target->type != T_ResTarget || target->val == NULL || target->val->type != T_FuncCall)
    return "a target of SELECT";
  const FuncCall* call = (const FuncCall*)target->val;
  if (list_length(call->args) != 1 || ((const Node*)linitial(call->args))->type != T_ColumnRef)
    return "a function call";
  const RangeVar* table = linitial(select->fromClause);
  if (table->type != T_RangeVar || strcmp(table->relname, "t") != 0 ||
      strcmp(table->schemaname, "s") != 0)
    return "a table";
  const A_Expr* test = (const A_Expr*)select->whereClause;
  if (test->type != T_A_Expr || test->rexpr->type != T_A_Const) return "an expression";
  const A_Const* constant = (const A_Const*)test->rexpr;
  if (constant->isnull || constant->val.node.type != T_String ||
      strcmp(constant->val.sval.sval, "x") != 0)
    return "a constant";
  return NULL;
}

const char* sallyport_sql_self_test(void) {
  struct sallyport_sql_tree tree;
  for (size_t i = 0; i < sizeof kSamples / sizeof kSamples[0]; ++i) {
    sallyport_sql_parse(kSamples[i].text, &tree);
    const List* statements = tree.statements;
    const int same = list_length(statements) == 1 &&
                     ((const RawStmt*)linitial(statements))->type == T_RawStmt &&
                     ((const RawStmt*)linitial(statements))->stmt->type == kSamples[i].tag;
    sallyport_sql_free(&tree);
    if (!same) return kSamples[i].text;
  }
  sallyport_sql_parse("SELECT f(a.b) FROM s.t WHERE c = 'x'", &tree);
  const List* statements = tree.statements;
  const char* wrong = list_length(statements) == 1
                          ? check_fields((const SelectStmt*)((const RawStmt*)linitial(statements))->stmt)
                          : "SELECT";
  sallyport_sql_free(&tree);
  return wrong;
}
