#include <catch2/catch.hpp>

#include "protocols/postgres/sql/commands.h"
#include "support.h"

namespace sallyport::postgres::sql {

TEST_CASE("The parser's library is the one we were built with") { CHECK(check_parser().ok()); }

TEST_CASE("Every kind of statement has its actions") {
  struct Row {
    const char* text;
    const char* kind;
    ActionSet actions;
  };
  using A = Action;
  const Row rows[] = {
      {"SELECT 1", "select", {A::kRead}},
      {"VALUES (1)", "values", {A::kRead}},
      {"INSERT INTO orders(id) VALUES (1)", "insert", {A::kWrite}},
      {"INSERT INTO orders SELECT * FROM orders", "insert select", {A::kRead, A::kWrite}},
      {"UPDATE orders SET total = 1 WHERE id = 1", "update", {A::kWrite}},
      {"DELETE FROM orders WHERE id = 1", "delete", {A::kDelete}},
      {"TRUNCATE orders", "truncate", {A::kDelete}},
      {"SELECT * FROM orders FOR UPDATE", "select", {A::kRead, A::kWrite}},
      {"COPY orders TO STDOUT", "copy to", {A::kRead, A::kTransfer}},
      {"COPY orders FROM STDIN", "copy from", {A::kWrite, A::kTransfer}},
      {"COPY orders TO '/x'", "copy to", {A::kRead, A::kTransfer, A::kAdminister}},
      {"COPY orders TO PROGRAM 'x'",
       "copy to",
       {A::kRead, A::kTransfer, A::kAdminister, A::kExecute}},
      {"DO ''", "do", {A::kExecute}},
      {"CALL app.wipe()", "call", {A::kExecute}},
      {"CREATE TABLE t (a int)", "create table", {A::kDefine}},
      {"DROP MATERIALIZED VIEW mv_people", "drop materialized view", {A::kDefine}},
      {"ALTER TABLE orders ADD COLUMN a int", "alter table", {A::kDefine}},
      {"COMMENT ON TABLE orders IS 'x'", "comment", {A::kDefine}},
      {"GRANT SELECT ON orders TO x", "grant", {A::kAdminister}},
      {"CREATE ROLE x", "create role", {A::kAdminister}},
      {"SET ROLE x", "set", {A::kAdminister}},
      {"SET search_path = a", "set", {A::kAdminister}},
      {"SET statement_timeout = 1", "set", {A::kRead}},
      {"SHOW all", "show", {A::kRead}},
      {"BEGIN", "begin", {A::kRead}},
      {"EXPLAIN DELETE FROM orders", "explain delete", {A::kRead}},
      {"EXPLAIN ANALYZE DELETE FROM orders", "explain delete", {A::kRead, A::kDelete}},
      {"SELECT nextval('s')", "select", {A::kRead, A::kWrite}},
      {"SELECT pg_read_file('x')", "select", {A::kRead, A::kAdminister}},
      {"SELECT app.lookup(1)", "select", {A::kRead, A::kExecute}},
      {"SELECT nobody_knows(1)", "select", {A::kRead, A::kExecute}},
      {"SELECT query_to_xml('x', true, true, '')", "select", {A::kRead, A::kExecute}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const StatementFacts facts = facts_of(row.text);
    CHECK(joined(facts.kinds) == row.kind);
    CHECK(facts.actions == row.actions);
  }
}

TEST_CASE("Names lead to the tables and columns that they mean") {
  CHECK(joined(facts_of("SELECT total FROM orders").reads) == "public.orders public.orders.total");
  CHECK(joined(facts_of("SELECT count(*) FROM orders").reads) == "public.orders");
  CHECK(joined(facts_of("SELECT ssn FROM (SELECT id AS ssn FROM orders) s").reads) ==
        "public.orders public.orders.id");
  CHECK(facts_of("SELECT o.note FROM orders o").reads.has("public.orders.note"));
  for (const char* text :
       {"SELECT c FROM customers c", "SELECT ssn(c) FROM customers c",
        "SELECT c.to_jsonb FROM customers c", "SELECT x FROM customers AS c(a, b, d, x, e)",
        "SELECT (c).ssn FROM customers c", "SELECT tax_ref FROM v_people",
        "SELECT ssn FROM customers_archive", "TABLE customers"}) {
    INFO(text);
    CHECK(facts_of(text).reads.has("public.customers.ssn"));
  }
  CHECK_FALSE(facts_of("SELECT (c).name FROM customers c").reads.has("public.customers.ssn"));
  CHECK_FALSE(facts_of("SELECT id FROM v_people").reads.has("public.customers.ssn"));
  CHECK(facts_of("SELECT nothing FROM orders").opaque.has("unresolved"));
}

TEST_CASE("Without a catalog a star stands for whatever there is") {
  const Catalog nothing;
  CHECK(joined(facts_of("SELECT * FROM customers", nothing).reads) ==
        "public.customers public.customers.*");
  CHECK(joined(facts_of("SELECT ssn FROM customers", nothing).reads) ==
        "public.customers public.customers.ssn");
  for (const char* text : {"SELECT c FROM customers c", "SELECT c.to_jsonb FROM customers c",
                           "SELECT c = o FROM customers c, orders o"}) {
    INFO(text);
    CHECK(facts_of(text, nothing).reads.has("public.customers.*"));
  }
  // A bare name may belong to any table in view.
  CHECK(facts_of("SELECT 1 FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE note = ssn)",
                 nothing)
            .reads.has("public.customers.ssn"));
  CHECK(facts_of("DELETE FROM orders WHERE id IN (SELECT id FROM orders)", nothing)
            .where.has("trivial"));
  CHECK(facts_of("DELETE FROM orders WHERE id = 3", nothing).where.has("effective"));
}

TEST_CASE("What is more than plain output is computed with") {
  CHECK(facts_of("SELECT ssn AS x FROM customers").computes.empty());
  CHECK(facts_of("SELECT q.x FROM (SELECT ssn AS x FROM customers) q").computes.empty());
  CHECK(facts_of("SELECT count(ssn) FROM customers").computes.empty());
  for (const char* text :
       {"SELECT upper(ssn) FROM customers", "SELECT 1 FROM customers WHERE ssn = 'x'",
        "SELECT id FROM customers ORDER BY ssn", "SELECT ssn FROM customers ORDER BY 1",
        "SELECT DISTINCT ssn FROM customers", "SELECT ssn || '' FROM customers",
        "SELECT upper(q.x) FROM (SELECT ssn AS x FROM customers) q",
        "SELECT upper(tax_ref) FROM v_people",
        "INSERT INTO audit_log(msg) SELECT ssn FROM customers",
        "CREATE TABLE t AS SELECT ssn FROM customers", "COPY customers TO STDOUT",
        "SELECT count(nullif(ssn, 'x')) FROM customers"}) {
    INFO(text);
    CHECK(facts_of(text).computes.has("public.customers.ssn"));
  }
}

TEST_CASE("A target may know more functions to be harmless") {
  ReadOptions options;
  options.harmless = {"app.order_total"};
  CHECK(facts_of("SELECT app.order_total(1)").actions.has(Action::kExecute));
  const StatementFacts facts = facts_of("SELECT app.order_total(1)", fixture(), options);
  CHECK(facts.actions == ActionSet{Action::kRead});
  CHECK(facts.functions.has("app.order_total"));
}

TEST_CASE("A text beyond a limit is unknown, one that does not parse has no commands") {
  const Catalog nothing;
  ReadOptions options;
  options.text_bytes = 10;
  const Reading long_one = read_sql("SELECT 12345", nothing, SessionState(), options);
  REQUIRE(commands_of(long_one, "SELECT 12345").size() == 1);
  CHECK(commands_of(long_one, "SELECT 12345")[0].actions == ActionSet{Action::kUnknown});
  const Reading wrong = read_sql("SELCT", nothing, SessionState());
  CHECK(wrong.unparsable == "syntax error at or near \"SELCT\"");
  CHECK(commands_of(wrong, "SELCT").empty());
  CHECK(read_sql("SELECT '\xff'", nothing, SessionState()).unparsable == "the text is not UTF-8");
  REQUIRE(commands_of(read_sql(" ; ", nothing, SessionState()), " ; ").size() == 1);
}

TEST_CASE("Deep and long texts end quickly and as unknown") {
  const Catalog nothing;
  const auto repeated = [](std::string_view head, std::string_view unit, int count) {
    std::string text(head);
    for (int i = 0; i < count; ++i) text += unit;
    return text;
  };
  std::string nested = repeated("SELECT ", "(SELECT ", 900) + "1" + repeated("", ")", 900);
  CHECK(facts_of(nested, nothing).actions.has(Action::kUnknown));
  CHECK(facts_of(repeated("SELECT 1", "+1", 1'900), nothing).actions == ActionSet{Action::kRead});
  std::string many = "SELECT 1";
  for (int i = 0; i < 10'000; ++i) many += ", c" + std::to_string(i);
  CHECK(facts_of(many + " FROM t", nothing).actions.has(Action::kUnknown));
}

TEST_CASE("A command carries its facts and what it touches") {
  const Command command = command_of(facts_of("UPDATE orders SET total = 1 WHERE id = 1"), "text");
  CHECK(command.text == "text");
  REQUIRE(command.objects.size() == 1);
  CHECK(command.objects[0].type == "table");
  CHECK(command.objects[0].name == "public.orders");
  bool where = false;
  for (const Attribute& each : command.attributes)
    where = where || (each.name == "sql.where" && each.value == "effective");
  CHECK(where);
}

}  // namespace sallyport::postgres::sql
