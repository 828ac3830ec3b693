#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::postgres::sql {

TEST_CASE("A schema file gives tables, what is behind views, and functions") {
  const Catalog& catalog = fixture();
  const Table* customers = catalog.find_table("public", "customers");
  REQUIRE(customers);
  CHECK(customers->columns.size() == 5);
  CHECK(customers->columns[0].not_null);
  REQUIRE(customers->children.size() == 1);
  CHECK(customers->children[0]->name == "customers_archive");
  CHECK(customers->children[0]->columns.size() == 5);
  const Table* people = catalog.find_table("public", "v_people");
  REQUIRE((people && people->is_view && people->columns.size() == 3));
  CHECK(people->columns[2].name == "tax_ref");
  CHECK(catalog.find_function({"public", "app"}, "lookup") == "app");
}

TEST_CASE("A dump's ways of saying it are understood as well") {
  const auto catalog = read_schema(
      "CREATE TABLE s.a (id integer NOT NULL, x text);"
      "ALTER TABLE ONLY s.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);"
      "ALTER TABLE s.a ADD COLUMN y text;"
      "CREATE TABLE s.part (id integer NOT NULL, x text);"
      "ALTER TABLE ONLY s.a ATTACH PARTITION s.part FOR VALUES IN (1);"
      "CREATE VIEW s.v AS SELECT a.x FROM s.a WHERE a.y = 'z';");
  REQUIRE(catalog);
  const Names reads = facts_of("SELECT x FROM s.v", **catalog).reads;
  for (const char* name : {"s.v", "s.v.x", "s.a", "s.a.x", "s.a.y", "s.part.y"})
    CHECK(reads.has(name));
  CHECK(facts_of("SELECT x FROM s.part", **catalog).reads.has("s.a.x"));
  CHECK(facts_of("DELETE FROM s.a WHERE id IS NOT NULL", **catalog).where.has("trivial"));
}

TEST_CASE("A server's rows make the same catalog, whatever it cannot read") {
  CatalogBuilder builder;
  for (const char* row :
       {"CREATE TABLE public.customers (id text NOT NULL, ssn text)",
        "CREATE TABLE public.old (id text NOT NULL, ssn text)",
        "CREATE TABLE public.\"A b\" (x text)", "ALTER TABLE public.old INHERIT public.customers",
        "CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS ''",
        "CREATE VIEW public.v AS  SELECT customers.ssn AS ref FROM customers;", "CREATE VIEW ???"})
    builder.add(row);
  CHECK(builder.passed_over() == 1);
  const auto catalog = std::move(builder).finish();
  CHECK(facts_of("SELECT ref FROM v", *catalog).reads.has("public.customers.ssn"));
  CHECK(facts_of("SELECT ssn FROM old", *catalog).reads.has("public.customers.ssn"));
  CHECK(facts_of("SELECT x FROM \"A b\"", *catalog).reads.has("public.A b.x"));
  CHECK(catalog->find_function({"app"}, "f") == "app");
  const Reading query = read_sql(std::string(catalog_query()), *catalog, SessionState());
  REQUIRE(query.statements.size() == 1);
  CHECK(query.statements[0].facts.actions == ActionSet{Action::kRead});
}

TEST_CASE("What a server says of itself may make no sense") {
  CatalogBuilder builder;
  for (const char* row :
       {"CREATE TABLE s.t (a text, LIKE s.t)", "ALTER TABLE s.t INHERIT s.t",
        "CREATE TABLE s.u (b text)", "ALTER TABLE s.t INHERIT s.u", "ALTER TABLE s.u INHERIT s.t",
        "CREATE VIEW s.v AS SELECT a, b FROM s.u",
        "CREATE VIEW s.v AS SELECT x.a AS c, x.* FROM s.v x",
        "CREATE FUNCTION s.f() RETURNS text LANGUAGE sql AS 'x'", "SET search_path TO 1, ''"})
    builder.add(row);
  const auto catalog = std::move(builder).finish();
  CHECK(catalog->find_table("s", "v")->find("c") != Table::kNone);
  CHECK(facts_of("SELECT c FROM s.v", *catalog).reads.has("s.u.a"));
  CHECK(catalog->search_path().empty());
}

TEST_CASE("A schema file that does not parse says why") {
  const auto wrong = read_schema("CREATE TABLE (");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().detail == "syntax error at or near \"(\"");
}

}  // namespace sallyport::postgres::sql
