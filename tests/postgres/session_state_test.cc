#include "protocols/postgres/sql/session_state.h"

#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::postgres::sql {
namespace {

// What the last statement of the texts does when all of them ran in one session.
StatementFacts last_of(std::initializer_list<std::string> texts) {
  SessionState state;
  StatementFacts last;
  for (const std::string& text : texts) {
    const Reading reading = read_sql(text, fixture(), state);
    last = {};
    if (!reading.beyond_limit.empty()) last.set_unknown(reading.beyond_limit);
    for (const Statement& each : reading.statements) {
      last = each.facts;
      for (const StateChange& change : each.changes) state.apply(change);
    }
  }
  return last;
}

}  // namespace

TEST_CASE("EXECUTE does what was prepared, and what nobody prepared is unknown") {
  CHECK(last_of({"PREPARE p AS DELETE FROM orders", "EXECUTE p"}).where.has("absent"));
  CHECK(last_of({"PREPARE p AS DELETE FROM orders; EXECUTE p"}).actions.has(Action::kDelete));
  CHECK(last_of({"EXECUTE p"}).actions.has(Action::kUnknown));
  CHECK(last_of({"PREPARE p AS SELECT 1", "DEALLOCATE p", "EXECUTE p"}).opaque.has("unjudged"));
  CHECK(last_of({"PREPARE p AS SELECT 1", "DEALLOCATE ALL; EXECUTE p"}).opaque.has("unjudged"));
}

TEST_CASE("A name that is defined twice may mean either") {
  const StatementFacts facts =
      last_of({"PREPARE p AS DELETE FROM orders", "PREPARE p AS SELECT 1", "EXECUTE p"});
  CHECK(facts.actions.has(Action::kDelete));
  CHECK(facts.actions.has(Action::kRead));
}

TEST_CASE("Names resolve along the search path that is in force") {
  CHECK(last_of({"SET search_path = app", "SELECT 1 FROM orders"}).reads.has("app.orders"));
  CHECK(last_of({"SET search_path = app, public", "SELECT 1 FROM orders"})
            .reads.has("public.orders"));
  CHECK(last_of({"SELECT set_config('search_path', 'app', true); SELECT 1 FROM orders"})
            .reads.has("app.orders"));
  CHECK(last_of({"SELECT set_config($1, $2, true)", "SELECT 1 FROM orders"})
            .actions.has(Action::kUnknown));
  CHECK(last_of({"SET search_path = app", "RESET ALL", "SELECT 1 FROM orders"})
            .reads.has("public.orders"));
}

TEST_CASE("Nothing is read in a language that the server no longer reads") {
  for (const char* text :
       {"SET standard_conforming_strings = off", "SET client_encoding = 'BIG5'", "SET NAMES 'SJIS'",
        "SELECT set_config('standard_conforming_strings', 'off', false)"}) {
    INFO(text);
    CHECK(last_of({text, "SELECT 1"}).actions.has(Action::kUnknown));
    CHECK(last_of({std::string(text) + "; SELECT 1"}).actions.has(Action::kUnknown));
  }
  CHECK(last_of({"SET client_encoding = 'UTF8'", "SELECT 1"}).actions == ActionSet{Action::kRead});
}

}  // namespace sallyport::postgres::sql
