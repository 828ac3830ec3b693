// SQL text into the facts of its statements: the entry to this folder. Checks the limits, parses
// with PostgreSQL's parser, walks every statement. Statements after one that changes the session
// are read under what it would leave. Pure; safe on any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/postgres/sql/catalog.h"
#include "protocols/postgres/sql/facts.h"
#include "protocols/postgres/sql/limits.h"
#include "protocols/postgres/sql/session_state.h"

namespace sallyport::postgres::sql {

struct Statement {
  StatementFacts facts;
  std::string_view text;  // views the text that was read
  std::vector<StateChange> changes;
  bool uses_state = false;  // the same text may mean something else later
};

struct Reading {
  // Empty also for a text without a statement, which is no error.
  std::vector<Statement> statements;
  // Why PostgreSQL's parser does not take the text, or which limit it is beyond; then there are no
  // statements and the whole is unknown.
  std::string unparsable;
  std::string beyond_limit;
};

// What a target may set.
struct ReadOptions {
  std::size_t text_bytes = kTextBytes;
  // Functions that only compute, beside PostgreSQL's own: "app.order_total". Calling any other
  // function of a user's is `execute`.
  std::set<std::string, std::less<>> harmless;
};

// The reading views the text.
Reading read_sql(const std::string& text, const Catalog& catalog, const SessionState& state,
                 const ReadOptions& options = {});

// Asked once at start: whether the parser's library is the one that we were built with.
Result<void> check_parser();

}  // namespace sallyport::postgres::sql
