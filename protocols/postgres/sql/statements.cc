#include "protocols/postgres/sql/statements.h"

#include <utility>

namespace sallyport::postgres::sql {

std::string_view word_of(ObjectType type) {
  static constexpr std::pair<ObjectType, std::string_view> kWords[] = {
      {OBJECT_ACCESS_METHOD, "access method"},
      {OBJECT_AGGREGATE, "aggregate"},
      {OBJECT_ATTRIBUTE, "type"},
      {OBJECT_CAST, "cast"},
      {OBJECT_COLUMN, "table"},
      {OBJECT_COLLATION, "collation"},
      {OBJECT_CONVERSION, "conversion"},
      {OBJECT_DATABASE, "database"},
      {OBJECT_DOMAIN, "domain"},
      {OBJECT_DOMCONSTRAINT, "domain"},
      {OBJECT_EVENT_TRIGGER, "event trigger"},
      {OBJECT_EXTENSION, "extension"},
      {OBJECT_FDW, "foreign data wrapper"},
      {OBJECT_FOREIGN_SERVER, "server"},
      {OBJECT_FOREIGN_TABLE, "foreign table"},
      {OBJECT_FUNCTION, "function"},
      {OBJECT_INDEX, "index"},
      {OBJECT_LANGUAGE, "language"},
      {OBJECT_MATVIEW, "materialized view"},
      {OBJECT_OPCLASS, "operator class"},
      {OBJECT_OPERATOR, "operator"},
      {OBJECT_OPFAMILY, "operator family"},
      {OBJECT_POLICY, "policy"},
      {OBJECT_PROCEDURE, "procedure"},
      {OBJECT_PUBLICATION, "publication"},
      {OBJECT_ROLE, "role"},
      {OBJECT_ROUTINE, "routine"},
      {OBJECT_RULE, "rule"},
      {OBJECT_SCHEMA, "schema"},
      {OBJECT_SEQUENCE, "sequence"},
      {OBJECT_SUBSCRIPTION, "subscription"},
      {OBJECT_STATISTIC_EXT, "statistics"},
      {OBJECT_TABCONSTRAINT, "table"},
      {OBJECT_TABLE, "table"},
      {OBJECT_TABLESPACE, "tablespace"},
      {OBJECT_TRANSFORM, "transform"},
      {OBJECT_TRIGGER, "trigger"},
      {OBJECT_TSCONFIGURATION, "text search configuration"},
      {OBJECT_TSDICTIONARY, "text search dictionary"},
      {OBJECT_TSPARSER, "text search parser"},
      {OBJECT_TSTEMPLATE, "text search template"},
      {OBJECT_TYPE, "type"},
      {OBJECT_VIEW, "view"},
  };
  for (const auto& [each, word] : kWords)
    if (each == type) return word;
  return "object";
}

}  // namespace sallyport::postgres::sql
