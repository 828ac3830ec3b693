// Every kind of statement with what it does: one row each. What has facts beyond its row has a
// function too. A kind without a row is unknown.
#include <algorithm>

#include "protocols/postgres/sql/statements.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {

struct Walker::StatementRow {
  NodeTag tag;
  std::string_view kind;  // empty: the function says it
  ActionSet actions;
  std::string_view opaque;  // code that runs later or elsewhere
  Handler handler = nullptr;
};

const Walker::StatementRow* Walker::find_row(NodeTag tag) {
  using A = Action;
  using W = Walker;
  static const std::vector<StatementRow> rows = [] {
    std::vector<StatementRow> all = {
        {T_SelectStmt, "", {}, "", &W::do_query},
        {T_InsertStmt, "", {}, "", &W::do_query},
        {T_UpdateStmt, "", {}, "", &W::do_query},
        {T_DeleteStmt, "", {}, "", &W::do_query},
        {T_MergeStmt, "", {}, "", &W::do_query},
        {T_TransactionStmt, "", {A::kRead}, "", &W::do_transaction},
        {T_ConstraintsSetStmt, "set constraints", {A::kRead}, ""},
        {T_ExplainStmt, "explain", {A::kRead}, "", &W::do_explain},
        {T_PrepareStmt, "prepare", {A::kRead}, "", &W::do_prepare},
        {T_ExecuteStmt, "execute", {A::kRead}, "", &W::do_execute},
        {T_DeallocateStmt, "deallocate", {A::kRead}, "", &W::do_deallocate},
        {T_DeclareCursorStmt, "declare", {A::kRead}, "", &W::do_declare},
        {T_FetchStmt, "fetch", {A::kRead}, "", &W::do_fetch},
        {T_ClosePortalStmt, "close", {A::kRead}, ""},
        {T_CopyStmt, "", {A::kTransfer}, "", &W::do_copy},
        {T_VariableSetStmt, "", {}, "", &W::do_set},
        {T_VariableShowStmt, "show", {A::kRead}, ""},
        {T_DiscardStmt, "", {}, "", &W::do_discard},
        {T_TruncateStmt, "truncate", {A::kDelete}, "", &W::do_truncate},
        {T_LockStmt, "lock", {A::kWrite}, "", &W::do_lock},
        {T_VacuumStmt, "", {A::kWrite}, "", &W::do_vacuum},
        {T_ClusterStmt, "cluster", {A::kWrite}, ""},
        {T_ReindexStmt, "reindex", {A::kWrite}, ""},
        {T_RefreshMatViewStmt, "refresh materialized view", {A::kWrite}, ""},
        {T_CheckPointStmt, "checkpoint", {A::kAdminister}, ""},
        {T_ListenStmt, "listen", {A::kRead}, ""},
        {T_UnlistenStmt, "unlisten", {A::kRead}, ""},
        {T_NotifyStmt, "notify", {A::kWrite}, ""},
        {T_DoStmt, "do", {A::kExecute}, "do"},
        {T_CallStmt, "call", {A::kExecute}, "call", &W::do_call},
        {T_LoadStmt, "load", {A::kAdminister, A::kExecute}, "library", &W::do_file},
        // Definitions.
        {T_CreateStmt, "create table", {A::kDefine}, "", &W::do_create_table},
        {T_CreateTableAsStmt, "", {A::kDefine}, "", &W::do_create_as},
        {T_ViewStmt, "create view", {A::kDefine}, "", &W::do_view},
        {T_IndexStmt, "create index", {A::kDefine}, "", &W::do_index},
        {T_CreateStatsStmt, "create statistics", {A::kDefine}, "", &W::do_statistics},
        {T_CreateSeqStmt, "create sequence", {A::kDefine}, ""},
        {T_CreateSchemaStmt, "create schema", {A::kDefine}, "", &W::do_schema},
        {T_CreateDomainStmt, "create domain", {A::kDefine}, "", &W::do_domain},
        {T_CompositeTypeStmt, "create type", {A::kDefine}, ""},
        {T_CreateEnumStmt, "create type", {A::kDefine}, ""},
        {T_CreateRangeStmt, "create type", {A::kDefine}, "definition"},
        {T_DefineStmt, "", {A::kDefine}, "", &W::do_define},
        {T_CreateFunctionStmt, "create function", {A::kDefine}, "definition"},
        {T_CreateTrigStmt, "create trigger", {A::kDefine}, "definition"},
        {T_RuleStmt, "create rule", {A::kDefine}, "definition"},
        {T_CreateCastStmt, "create cast", {A::kDefine}, "definition"},
        {T_CreateConversionStmt, "create conversion", {A::kDefine}, "definition"},
        {T_CreateTransformStmt, "create transform", {A::kDefine}, "definition"},
        {T_CreateOpClassStmt, "create operator class", {A::kDefine}, "definition"},
        {T_CreateOpFamilyStmt, "create operator family", {A::kDefine}, "definition"},
        {T_AlterOpFamilyStmt, "alter operator family", {A::kDefine}, "definition"},
        {T_AlterTableStmt, "alter table", {A::kDefine}, "", &W::do_alter_table},
        {T_AlterDomainStmt, "alter domain", {A::kDefine}, ""},
        {T_AlterEnumStmt, "alter type", {A::kDefine}, ""},
        {T_AlterTypeStmt, "alter type", {A::kDefine}, "definition"},
        {T_AlterSeqStmt, "alter sequence", {A::kDefine}, ""},
        {T_AlterStatsStmt, "alter statistics", {A::kDefine}, ""},
        {T_AlterFunctionStmt, "alter function", {A::kDefine}, "definition"},
        {T_AlterOperatorStmt, "alter operator", {A::kDefine}, "definition"},
        {T_AlterObjectDependsStmt, "alter depends", {A::kDefine}, ""},
        {T_AlterObjectSchemaStmt, "alter set schema", {A::kDefine}, "", &W::do_rename},
        {T_AlterTSConfigurationStmt, "alter text search configuration", {A::kDefine}, ""},
        {T_AlterTSDictionaryStmt, "alter text search dictionary", {A::kDefine}, ""},
        {T_AlterCollationStmt, "alter collation", {A::kDefine}, ""},
        {T_RenameStmt, "alter rename", {A::kDefine}, "", &W::do_rename},
        {T_DropStmt, "", {A::kDefine}, "", &W::do_drop},
        {T_DropOwnedStmt, "drop owned", {A::kDefine, A::kAdminister}, ""},
        {T_CommentStmt, "comment", {A::kDefine}, ""},
        // Rights, the server, and ways out of it.
        {T_GrantStmt, "grant", {A::kAdminister}, ""},
        {T_GrantRoleStmt, "grant role", {A::kAdminister}, ""},
        {T_AlterDefaultPrivilegesStmt, "alter default privileges", {A::kAdminister}, ""},
        {T_CreateRoleStmt, "create role", {A::kAdminister}, ""},
        {T_AlterRoleStmt, "alter role", {A::kAdminister}, ""},
        {T_AlterRoleSetStmt, "alter role", {A::kAdminister}, ""},
        {T_DropRoleStmt, "drop role", {A::kAdminister}, ""},
        {T_ReassignOwnedStmt, "reassign owned", {A::kAdminister}, ""},
        {T_AlterOwnerStmt, "alter owner", {A::kAdminister}, ""},
        {T_SecLabelStmt, "security label", {A::kAdminister}, ""},
        {T_CreatePolicyStmt, "create policy", {A::kDefine, A::kAdminister}, "definition"},
        {T_AlterPolicyStmt, "alter policy", {A::kDefine, A::kAdminister}, "definition"},
        {T_AlterSystemStmt, "alter system", {A::kAdminister}, ""},
        {T_CreatedbStmt, "create database", {A::kDefine, A::kAdminister}, ""},
        {T_AlterDatabaseStmt, "alter database", {A::kAdminister}, ""},
        {T_AlterDatabaseSetStmt, "alter database", {A::kAdminister}, ""},
        {T_AlterDatabaseRefreshCollStmt, "alter database", {A::kAdminister}, ""},
        {T_DropdbStmt, "drop database", {A::kDefine, A::kAdminister}, ""},
        {T_CreateTableSpaceStmt, "create tablespace", {A::kDefine, A::kAdminister}, ""},
        {T_AlterTableSpaceOptionsStmt, "alter tablespace", {A::kAdminister}, ""},
        {T_AlterTableMoveAllStmt, "alter table", {A::kDefine, A::kAdminister}, ""},
        {T_DropTableSpaceStmt, "drop tablespace", {A::kDefine, A::kAdminister}, ""},
        {T_CreateExtensionStmt, "create extension", {A::kDefine, A::kAdminister}, "definition"},
        {T_AlterExtensionStmt, "alter extension", {A::kDefine, A::kAdminister}, "definition"},
        {T_AlterExtensionContentsStmt, "alter extension", {A::kDefine, A::kAdminister}, ""},
        {T_CreatePLangStmt, "create language", {A::kDefine, A::kAdminister}, "definition"},
        {T_CreateAmStmt, "create access method", {A::kDefine, A::kAdminister}, "definition"},
        {T_CreateEventTrigStmt, "create event trigger", {A::kDefine, A::kAdminister}, "definition"},
        {T_AlterEventTrigStmt, "alter event trigger", {A::kDefine, A::kAdminister}, ""},
        {T_CreateFdwStmt,
         "create foreign data wrapper",
         {A::kDefine, A::kAdminister},
         "definition"},
        {T_AlterFdwStmt, "alter foreign data wrapper", {A::kDefine, A::kAdminister}, "definition"},
        {T_CreateForeignServerStmt, "create server", {A::kDefine, A::kAdminister}, ""},
        {T_AlterForeignServerStmt, "alter server", {A::kDefine, A::kAdminister}, ""},
        {T_CreateUserMappingStmt, "create user mapping", {A::kDefine, A::kAdminister}, ""},
        {T_AlterUserMappingStmt, "alter user mapping", {A::kDefine, A::kAdminister}, ""},
        {T_DropUserMappingStmt, "drop user mapping", {A::kDefine, A::kAdminister}, ""},
        {T_CreateForeignTableStmt, "create foreign table", {A::kDefine, A::kAdminister}, ""},
        {T_ImportForeignSchemaStmt, "import foreign schema", {A::kDefine, A::kAdminister}, ""},
        {T_CreatePublicationStmt, "create publication", {A::kDefine, A::kAdminister}, ""},
        {T_AlterPublicationStmt, "alter publication", {A::kDefine, A::kAdminister}, ""},
        {T_CreateSubscriptionStmt, "create subscription", {A::kDefine, A::kAdminister}, ""},
        {T_AlterSubscriptionStmt, "alter subscription", {A::kDefine, A::kAdminister}, ""},
        {T_DropSubscriptionStmt, "drop subscription", {A::kDefine, A::kAdminister}, ""},
    };
    std::sort(all.begin(), all.end(),
              [](const StatementRow& a, const StatementRow& b) { return a.tag < b.tag; });
    return all;
  }();
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), tag,
                       [](const StatementRow& row, NodeTag wanted) { return row.tag < wanted; });
  return found != rows.end() && found->tag == tag ? &*found : nullptr;
}

void Walker::statement(const Node* node) {
  const Level level(*this);
  if (!level.good()) return;
  const StatementRow* row = node ? find_row(node->type) : nullptr;
  if (!row) return facts_.set_unknown("statement");
  if (!row->kind.empty()) facts_.kinds.add(row->kind);
  facts_.add(row->actions);
  if (!row->opaque.empty()) facts_.opaque.add(row->opaque);
  if (!row->handler) return;
  Scope scope;
  scope.outer = scope_;
  scope_ = &scope;
  (this->*row->handler)(node);
  scope_ = scope.outer;
}

void Walker::do_query(const Node* node) { query(node); }

}  // namespace sallyport::postgres::sql
