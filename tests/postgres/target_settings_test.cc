#include "protocols/postgres/target_settings.h"

#include <catch2/catch.hpp>

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

struct Read {
  Target target;
  std::string problems;
};

Read read(const std::string& yaml) {
  Read out;
  config::Problems problems;
  const auto node = config::Document::parse(yaml, "target.yaml", problems);
  if (node) {
    config::MapReader reader(*node, problems, "a target");
    read_postgres_target(reader, "/", out.target);
    reader.finish();
  }
  out.problems = problems.to_string();
  return out;
}

const std::string kBase = "address: db.internal:5432\ndatabase: orders\n";
const std::string kEnv = "\"env:PATH\"";  // any variable that is there

}  // namespace

TEST_CASE("A target is read with what is safe where nothing is said") {
  const Read r = read(kBase + "credential: {username: app, password: " + kEnv + "}\n");
  CHECK(r.problems.empty());
  CHECK(r.target.endpoint.host == "db.internal");
  CHECK(r.target.endpoint.port == 5432);
  CHECK(r.target.endpoint.tls.mode == net::TlsMode::kVerifyFull);
  const PostgresTarget& settings = postgres_settings(r.target);
  CHECK(settings.database == "orders");
  CHECK(settings.username == "app");
  CHECK(settings.methods.scram);
  CHECK_FALSE(settings.methods.md5);
  CHECK_FALSE(settings.methods.password);
  CHECK_FALSE(settings.methods.none);
  REQUIRE(r.target.credential.has_value());
}

TEST_CASE("Weaker logins are only what the configuration names") {
  const Read r = read(kBase + "tls: {mode: off}\ncredential: {username: app, password: " + kEnv +
                      ", methods: [md5, none]}\n");
  CHECK(r.problems.empty());
  const LoginMethods& methods = postgres_settings(r.target).methods;
  CHECK_FALSE(methods.scram);
  CHECK(methods.md5);
  CHECK(methods.none);
}

TEST_CASE("Without a password the server must ask for none") {
  const Read r = read(kBase + "credential: {username: app}\n");
  CHECK(r.problems.empty());
  CHECK(postgres_settings(r.target).methods.none);
  CHECK_FALSE(r.target.credential.has_value());
}

TEST_CASE("Every mistake is told") {
  const std::string credential = "credential: {username: app, password: " + kEnv + "}\n";
  for (const auto& [yaml, part] :
       {std::pair("database: d\n" + credential, std::string("address")),
        {"address: nowhere\ndatabase: d\n" + credential, "host and a port"},
        {"address: h:0\ndatabase: d\n" + credential, "host and a port"},
        {"address: h:1\n" + credential, "database"},
        {kBase, "credential"},
        {kBase + "credential: {password: " + kEnv + "}\n", "username"},
        {kBase + "credential: {username: a, password: hunter2}\n", "secret"},
        {kBase + "credential: {username: a, password: " + kEnv + ", methods: [plain]}\n",
         "not a login method"},
        {kBase + "credential: {username: a, methods: [md5]}\n", "need a \"password\""},
        {kBase + "tls: {mode: off}\ncredential: {username: a, password: " + kEnv +
             ", methods: [password]}\n",
         "in the clear"},
        {kBase + credential + "user: x\n", "user"}}) {
    const Read r = read(yaml);
    INFO(yaml);
    CHECK(r.problems.find(part) != std::string::npos);
  }
}

TEST_CASE("Functions that only compute are named in full") {
  const std::string credential = "credential: {username: app, password: " + kEnv + "}\n";
  const Read r = read(kBase + credential + "functions: {read: [app.order_total, Odd.name]}\n");
  CHECK(r.problems.empty());
  CHECK(postgres_settings(r.target).reading.harmless ==
        std::set<std::string, std::less<>>{"Odd.name", "app.order_total"});
  for (const auto& [functions, told] :
       {std::pair{"{read: [lower]}", "\"lower\" is not a function"},
        std::pair{"{read: [app.*]}", "\"app.*\" is not a function"},
        std::pair{"{read: [a.b.c]}", "\"a.b.c\" is not a function"},
        std::pair{"{read: [a.b, a.b]}", "\"a.b\" stands here twice"},
        std::pair{"{write: [a.b]}", "write"}, std::pair{"[a.b]", "functions"}}) {
    INFO(functions);
    const std::string problems =
        read(kBase + credential + "functions: " + functions + "\n").problems;
    CHECK(problems.find(told) != std::string::npos);
  }
}
