// What the tests of SQL's facts share.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "protocols/postgres/sql/reader.h"
#include "protocols/postgres/sql/schema_file.h"

namespace sallyport::postgres::sql {

inline std::string read_source(const std::string& path) {
  std::ifstream in(std::string(SALLYPORT_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline const std::shared_ptr<const Catalog>& shared_fixture() {
  static const std::shared_ptr<const Catalog> catalog = [] {
    auto read = read_schema(read_source("tests/data/postgres/schema.sql"));
    return read ? *read : nullptr;
  }();
  return catalog;
}

inline const Catalog& fixture() { return *shared_fixture(); }

// Of one statement.
inline StatementFacts facts_of(const std::string& text, const Catalog& catalog = fixture(),
                               const ReadOptions& options = {}) {
  Reading reading = read_sql(text, catalog, SessionState(), options);
  if (reading.statements.size() == 1) return std::move(reading.statements[0].facts);
  StatementFacts nothing;
  nothing.set_unknown("not one statement");
  return nothing;
}

inline std::string joined(const Names& names) {
  std::string out;
  for (std::string_view name : names) out.append(out.empty() ? "" : " ").append(name);
  return out;
}

}  // namespace sallyport::postgres::sql
