// Words for what DDL is about: PostgreSQL's object types as SQL writes them. Data only.
#pragma once

#include <string_view>

#include "protocols/postgres/sql/tree.h"

namespace sallyport::postgres::sql {

// "table", "materialized view"; "object" for what has no word of its own.
std::string_view word_of(ObjectType type);

}  // namespace sallyport::postgres::sql
