#include "tools/commands/schema_option.h"

#include "core/config/file.h"
#include "protocols/postgres/sql/limits.h"
#include "protocols/postgres/sql/reader.h"
#include "protocols/postgres/sql/schema_file.h"

namespace sallyport::commands {

cli::Option schema_option() {
  return {"schema", "FILE", "a schema as SQL, in place of a target's catalog"};
}

std::shared_ptr<const postgres::sql::Catalog> load_schema(const cli::Arguments& arguments,
                                                          config::Problems& problems) {
  if (auto parser = postgres::sql::check_parser(); !parser) {
    problems.add("libpg_query", {}, parser.error().detail);
    return nullptr;
  }
  if (!arguments.has("schema")) return std::make_shared<const postgres::sql::Catalog>();
  const std::string file = arguments.text("schema");
  auto text = config::read_file(file, postgres::sql::kTextBytes);
  if (!text) {
    problems.add(file, {}, text.error().detail);
    return nullptr;
  }
  auto catalog = postgres::sql::read_schema(*text);
  if (catalog) return *catalog;
  problems.add(file, {}, catalog.error().detail);
  return nullptr;
}

}  // namespace sallyport::commands
