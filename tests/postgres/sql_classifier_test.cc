#include "protocols/postgres/sql_classifier.h"

#include <catch2/catch.hpp>

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
