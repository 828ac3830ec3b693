// What was recorded of one command of a PostgreSQL session, put together for replay, and the forms
// it is printed in. The renderings are pure.
#pragma once

#include <string>

#include "core/result.h"
#include "storage/reader.h"

namespace sallyport::replay {

// Rows and copied data are shown in text up to here; jsonl has all that was recorded.
inline constexpr std::size_t kTextRows = 1'000;
inline constexpr std::size_t kTextCopyBytes = 64u << 10;

struct Statement {
  storage::CommandRow row;
  storage::CommandFacts facts;
  std::string values;   // a JSON array; empty: nothing was bound, or it was not recorded
  std::string columns;  // a JSON array of {"name","type"} per result, a line each
  std::string rows;     // a JSON array per row, an object for an error, a line each
  std::string copy_in;
  std::string copy_out;
};

Result<Statement> load_statement(storage::StoreReader& reader, const SessionId& session,
                                 const storage::CommandRow& row);

// For a terminal, with the result as psql shows it: nothing recorded can reach it as a control
// sequence.
std::string to_text(const Statement& statement);
// One JSON object with the columns of `commands`, "attributes", "values", "columns", "rows" and the
// copied data.
std::string to_jsonl(const Statement& statement);

}  // namespace sallyport::replay
