// The inputs of `policy eval` for PostgreSQL: one simple Query as text, or the messages of a
// session as {"steps": [...]} (docs/policy.md), in the words of the common event model. Pure.
#pragma once

#include <string_view>

#include "protocols/postgres/sql/catalog.h"
#include "tools/commands/policy_input.h"

namespace sallyport::commands {

// `input` is JSON.
DecodedInput decode_postgres(std::string_view input, const postgres::sql::Catalog& catalog);

}  // namespace sallyport::commands
