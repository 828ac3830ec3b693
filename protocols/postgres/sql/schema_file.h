// A schema as SQL (what `pg_dump --schema-only` writes, or a fixture) read into a Catalog: it
// stands for the target's catalog where there is no server to ask. Statements that define no table,
// view, function or operator are passed over. Pure.
#pragma once

#include <memory>
#include <string_view>

#include "core/result.h"
#include "protocols/postgres/sql/catalog.h"

namespace sallyport::postgres::sql {

Result<std::shared_ptr<const Catalog>> read_schema(std::string_view text);

}  // namespace sallyport::postgres::sql
