// SQL texts: none upsets the limits, the parser, the walk or the cache; the same text has the same
// facts; and what passes the limits has as many commands as PostgreSQL's parser sees statements.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "protocols/postgres/sql/commands.h"
#include "protocols/postgres/sql/schema_file.h"
#include "protocols/postgres/sql/text_cache.h"

using namespace sallyport;
using namespace sallyport::postgres::sql;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const std::shared_ptr<const Catalog>& catalog() {
  static const auto known = read_schema(
      "CREATE TABLE customers (id int PRIMARY KEY, name text, ssn text);"
      "CREATE TABLE orders (id int PRIMARY KEY, total numeric, note text);"
      "CREATE TABLE old () INHERITS (customers);"
      "CREATE VIEW people AS SELECT id, ssn AS ref FROM customers WHERE name IS NOT NULL;");
  return *known;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  SessionState state;
  TextCache cache;
  const auto first = cache.read(text, catalog(), state);
  const auto again = cache.read(text, catalog(), state);
  require(first->commands.size() == again->commands.size());
  for (std::size_t i = 0; i < first->commands.size(); ++i) {
    require(first->commands[i].actions == again->commands[i].actions);
    require(!first->commands[i].actions.empty());
  }
  require(first->commands.empty() == !first->reading.unparsable.empty());
  for (const Statement& statement : first->reading.statements)
    for (const StateChange& change : statement.changes) state.apply(change);
  read_sql(std::string(text), *catalog(), state);
  if (const auto schema = read_schema(text)) require(*schema != nullptr);
  return 0;
}
