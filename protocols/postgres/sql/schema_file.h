// A target's catalog, from SQL: a schema file (what `pg_dump --schema-only` writes, or a fixture),
// or the rows by which a live server describes itself. Statements that define no table, view
// or function are passed over. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/postgres/sql/catalog.h"

namespace sallyport::postgres::sql {

Result<std::shared_ptr<const Catalog>> read_schema(std::string_view text);

// What to ask a live server of version 10 or later: each row is one column of text, the SQL of one
// definition, in an order in which they can be read. It names everything in full, so it means the
// same under every search path; but for views, whose text leaves out schemas that are on the path:
// ask as the sessions' role, whose path comes first.
std::string_view catalog_query();

// Takes the rows of catalog_query() one by one. A definition that our parser does not take (a view
// of a newer server) leaves its view known by name only.
class CatalogBuilder {
 public:
  CatalogBuilder();
  void add(std::string_view definition);
  // How many were not understood.
  std::size_t passed_over() const { return passed_over_; }
  std::shared_ptr<const Catalog> finish() && { return std::move(catalog_); }

 private:
  std::shared_ptr<Catalog> catalog_;  // shared with the sessions once it is finished
  std::size_t passed_over_ = 0;
};

}  // namespace sallyport::postgres::sql
