#include "protocols/postgres/parameters.h"

#include <catch2/catch.hpp>

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

StartupPacket packet(Parameters parameters) {
  StartupPacket out;
  out.version = kProtocol30;
  out.parameters = std::move(parameters);
  return out;
}

std::string passed(Parameters parameters) {
  auto out = parameters_for_target(packet(std::move(parameters)));
  if (!out) return "refused: " + out.error().detail;
  std::string text;
  for (const auto& [name, value] : *out) text += name + "=" + value + ";";
  return text;
}

bool refused(Parameters parameters) { return passed(std::move(parameters)).starts_with("refused"); }

}  // namespace

TEST_CASE("The database names the target, and perhaps another database") {
  CHECK(wanted_target(packet({{"user", "u"}, {"database", "orders"}})).target == "orders");
  CHECK(wanted_target(packet({{"user", "orders"}})).target == "orders");
  const auto both = wanted_target(packet({{"user", "u"}, {"database", "orders/reports"}}));
  CHECK(both.target == "orders");
  CHECK(both.database == "reports");
}

TEST_CASE("Parameters that only change how values look go on") {
  CHECK(
      passed({{"user", "u"}, {"database", "d"}, {"DateStyle", "ISO"}, {"application_name", "x"}}) ==
      "client_encoding=UTF8;datestyle=ISO;");
  CHECK(passed({{"client_encoding", "'utf-8'"}}) == "client_encoding=UTF8;");
  CHECK(passed({{"client_encoding", "SQL_ASCII"}}) == "client_encoding=UTF8;");
  CHECK(passed({{"options", "-c statement_timeout=5s --lock-timeout=1s"}}) ==
        "client_encoding=UTF8;statement_timeout=5s;lock_timeout=1s;");
  CHECK(passed({{"options", "-c datestyle=ISO,\\ MDY"}}) ==
        "client_encoding=UTF8;datestyle=ISO, MDY;");
  CHECK(passed({{"_pq_.thing", "1"}, {"replication", "false"}}) == "client_encoding=UTF8;");
}

TEST_CASE("Parameters that change what a statement means do not") {
  CHECK(refused({{"search_path", "evil"}}));
  CHECK(refused({{"role", "postgres"}}));
  CHECK(refused({{"session_authorization", "postgres"}}));
  CHECK(refused({{"standard_conforming_strings", "off"}}));
  CHECK(refused({{"backslash_quote", "on"}}));
  CHECK(refused({{"client_encoding", "SJIS"}}));
  CHECK(refused({{"options", "-c search_path=evil"}}));
  CHECK(refused({{"options", "--search-path=evil"}}));
  CHECK(refused({{"options", "-c sea\\rch_path=evil"}}));
  CHECK(refused({{"options", "-csearch_path=evil"}}));
  CHECK(refused({{"options", "-f s"}}));
  CHECK(refused({{"options", "-c client_encoding=BIG5"}}));
  CHECK(refused({{"options", "-c"}}));
  CHECK(refused({{"replication", "database"}}));
  CHECK(refused({{"replication", "TRUE"}}));
  CHECK(refused({{"something.new", "1"}}));
}

TEST_CASE("The application's name begins with the session and fits") {
  CHECK(application_name("ID", "agent-7", "psql") == "sallyport ID agent-7 psql");
  CHECK(application_name("ID", "agent\n\xc3\xa9", "") == "sallyport ID agent???");
  CHECK(application_name(std::string(36, 'i'), std::string(99, 's'), "x").size() == 63);
}
