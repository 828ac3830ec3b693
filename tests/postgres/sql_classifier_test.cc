#include "protocols/postgres/sql_classifier.h"

#include <catch2/catch.hpp>

#include "protocols/postgres/sql/schema_file.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

struct Session {
  std::shared_ptr<LiveCatalog> live = std::make_shared<LiveCatalog>("orders");
  SqlClassifier sql{live, std::make_shared<sql::TextCache>(),
                    std::make_shared<const sql::ReadOptions>()};

  bool unknown(const std::string& text) {
    bool any = false;
    for (const Command& command : sql.classify(text))
      any = any || command.actions.has(Action::kUnknown);
    return any;
  }
  // Sent, and done without an error.
  void run(const std::string& text) {
    static_cast<void>(sql.classify(text));
    sql.settle(true);
    sql.committed();
  }
};

}  // namespace

TEST_CASE("Each statement of a text is a command") {
  Session judge;
  const auto commands = judge.sql.classify("select 1; delete from t where id = 1");
  REQUIRE(commands.size() == 2);
  CHECK(commands[0].actions == ActionSet{Action::kRead});
  CHECK(commands[1].actions.has(Action::kDelete));
}

TEST_CASE("What does not parse is unknown, and one command") {
  Session judge;
  const auto commands = judge.sql.classify("selct 1");
  REQUIRE(commands.size() == 1);
  CHECK(commands[0].actions.has(Action::kUnknown));
  CHECK(judge.sql.classify("").size() == 1);
}

TEST_CASE("What the server says of its settings counts") {
  Session judge;
  judge.sql.report("TimeZone", "UTC");
  judge.sql.report("client_encoding", "UTF8");
  judge.sql.report("standard_conforming_strings", "on");
  CHECK_FALSE(judge.unknown("select 1"));
  judge.sql.report("standard_conforming_strings", "off");
  CHECK(judge.unknown("select 1"));
  Session other;
  other.sql.report("client_encoding", "SJIS");
  CHECK(other.unknown("select 1"));
}

TEST_CASE("A text that was not sent changes nothing") {
  Session judge;
  static_cast<void>(judge.sql.classify("prepare p as select 1"));
  judge.sql.settle(false);
  CHECK(judge.unknown("execute p"));
  judge.sql.settle(false);
  judge.run("prepare p as select 1");
  CHECK_FALSE(judge.unknown("execute p"));
}

TEST_CASE("A search path that may have been rolled back is not known") {
  const std::string text = "select count(*) from t";
  const auto reads = [](Session& judge, const std::string& sql) {
    std::string out;
    for (const Command& command : judge.sql.classify(sql))
      for (const Attribute& one : command.attributes)
        if (one.name == "sql.reads") out += one.value + ";";
    judge.sql.settle(false);
    return out;
  };
  Session kept;
  kept.run("set search_path = other");
  kept.sql.undone();  // of a later transaction
  CHECK(reads(kept, text).find("other.") != std::string::npos);

  Session undone;
  static_cast<void>(undone.sql.classify("set search_path = other"));
  undone.sql.settle(true);
  undone.sql.undone();
  undone.sql.committed();
  CHECK(reads(undone, text).find("other.") == std::string::npos);
}

namespace {

std::shared_ptr<const sql::Catalog> catalog_of(std::initializer_list<const char*> rows) {
  sql::CatalogBuilder builder;
  for (const char* row : rows) builder.add(row);
  return std::move(builder).finish();
}

const MonoTime kStart{std::chrono::hours{1}};

void give(LiveCatalog& live, std::initializer_list<const char*> rows) {
  live.take_turn(kStart);
  static std::uint8_t number = 0;
  live.done(catalog_of(rows), {++number}, kStart + std::chrono::hours{1});
}

bool reads(const std::vector<Command>& commands, std::string_view name) {
  for (const Command& command : commands)
    for (const Attribute& one : command.attributes)
      if (one.name == "sql.reads" && one.value == name) return true;
  return false;
}

}  // namespace

TEST_CASE("A session works with the catalog that is there now") {
  Session session;
  CHECK(reads(session.sql.classify("select x from v"), "public.v.x"));
  session.sql.settle(false);
  give(*session.live, {"SET search_path TO app", "CREATE TABLE app.t (x text)",
                       "CREATE VIEW app.v AS SELECT x FROM t"});
  CHECK(reads(session.sql.classify("select x from v"), "app.t.x"));
}

TEST_CASE("What defines something makes the catalog one of before") {
  for (const auto& [text, does] :
       {std::pair{"create table t (a int)", true}, std::pair{"do 'x'", true},
        std::pair{"create temp table t (a int)", false},
        std::pair{"insert into t values (1)", false}, std::pair{"drop view v", true},
        std::pair{"grant select on t to x", false}}) {
    INFO(text);
    Session session;
    give(*session.live, {});
    static_cast<void>(session.sql.classify(text));
    session.sql.settle(false);
    session.sql.committed();
    CHECK_FALSE(session.live->due(kStart));  // it was not sent
    session.run(text);
    CHECK(session.live->due(kStart) == does);
  }
}

TEST_CASE("Tables that have moved are not read before the transaction is over") {
  Session session;
  for (const char* text :
       {"alter table a rename to b", "alter table a rename column x to y",
        "alter table a set schema s", "alter table a inherit b", "alter schema s rename to t"}) {
    INFO(text);
    static_cast<void>(session.sql.classify(text));
    session.sql.settle(true);
    CHECK(session.unknown("select x from b"));
    CHECK_FALSE(session.unknown("select 1 from pg_class"));
    CHECK_FALSE(session.unknown("insert into b values (1)"));
    session.sql.settle(false);
    session.sql.committed();
    CHECK_FALSE(session.unknown("select x from b"));
    session.sql.settle(false);
  }
  CHECK(session.unknown("alter table a rename to b; select x from b"));
}

namespace {

std::shared_ptr<const Statement> statement(std::string text) {
  auto out = std::make_shared<Statement>();
  out->text = std::move(text);
  return out;
}

}  // namespace

TEST_CASE("What was read ahead is what would have been read here") {
  Session session;
  const std::vector<std::shared_ptr<const Statement>> unit = {
      statement("set search_path = app"), statement("select x from t"), statement("select 2")};
  auto twice = unit;
  twice.push_back(unit[2]);
  const auto job = session.sql.read_ahead(twice);
  job();
  static_cast<void>(session.sql.classify(unit[0]->text));
  CHECK(reads(session.sql.classify(unit[1]->text), "app.t.x"));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(session.unknown(unit[2]->text));
  session.sql.settle(true);
  CHECK(reads(session.sql.classify("select y from t"), "app.t.y"));
}

TEST_CASE("What was not read ahead, or for another state, is unknown") {
  const auto one = statement("select 1");
  Session unread;
  static_cast<void>(unread.sql.read_ahead({one}));
  CHECK(unread.unknown(one->text));
  unread.sql.settle(false);
  CHECK_FALSE(unread.unknown(one->text));

  Session changed;
  changed.run("set search_path = app");
  static_cast<void>(changed.sql.classify("set search_path = other"));
  changed.sql.settle(true);
  const auto job = changed.sql.read_ahead({one});
  job();
  changed.sql.undone();
  CHECK(changed.unknown(one->text));

  Session other;
  const auto ahead = other.sql.read_ahead({one});
  ahead();
  CHECK(other.unknown("select 2"));
}

TEST_CASE("A function call has the name that the catalog has for its number") {
  Session session;
  give(*session.live, {"CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS '4711'"});
  const auto names = [&](std::uint32_t number) {
    const Command command = session.sql.function_call(number);
    CHECK(command.actions.has(Action::kUnknown));
    return command.objects.at(0).name;
  };
  CHECK(names(4711) == "app.f");
  CHECK(names(4712) == "4712");
}

TEST_CASE("A session whose bare names may be found elsewhere by now does not know where") {
  Session session;
  give(*session.live, {"SET search_path TO public", "CREATE TABLE public.t (x text)"});
  CHECK_FALSE(session.unknown("select x from t"));
  session.sql.settle(false);
  session.live->changed();
  give(*session.live, {"SET search_path TO me, public", "CREATE TABLE public.t (x text)"});
  CHECK(session.unknown("select x from t"));
  CHECK_FALSE(session.unknown("select x from public.t"));
  session.sql.settle(false);
  session.run("set search_path = public");
  CHECK_FALSE(session.unknown("select x from t"));
}
