// What `init` writes is what `check` accepts, tokens come from and the store opens with.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/temporary_folder.h"
#include "tools/cli/parser.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

struct Run {
  int status;
  std::string out;
  std::string err;
};

Run sallyport(std::vector<std::string> words, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  cli::Io io{in, out, err};
  int status = cli::run(command_table(), std::move(words), io);
  return {status, out.str(), err.str()};
}

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

struct Fixture {
  Fixture() { REQUIRE(sallyport({"init", folder.path() + "/b"}).status == cli::kDone); }
  test::TemporaryFolder folder;
  std::string config = folder.path() + "/b/sallyport.yaml";
};

}  // namespace

TEST_CASE("What init writes passes check as it is") {
  Fixture f;
  Run checked = sallyport({"check", "--config", f.config});
  INFO(checked.err);
  CHECK(checked.status == cli::kDone);
  CHECK(checked.err.empty());
  CHECK(sallyport({"check", "--config", f.config, "--json"}).out == "[]\n");
  CHECK(sallyport({"policy", "check", f.folder.path() + "/b/policy.yaml"}).status == cli::kDone);
}

TEST_CASE("Keys are for their owner alone") {
  Fixture f;
  for (const char* name : {"dev_issuer.pem", "secrets.key"})
    CHECK(mode_of(f.folder.path() + "/b/keys/" + name) == 0600);
  for (const char* name : {"keys", "data"}) CHECK(mode_of(f.folder.path() + "/b/" + name) == 0700);
}

TEST_CASE("Init overwrites nothing, not even when one file of several exists") {
  Fixture f;
  std::string before = f.folder.read("b/keys/secrets.key");
  Run again = sallyport({"init", f.folder.path() + "/b"});
  CHECK(again.status == cli::kUsage);
  CHECK(again.err.find("sallyport.yaml") != std::string::npos);
  CHECK(f.folder.read("b/keys/secrets.key") == before);
  f.folder.write("policy.yaml", "mine");
  CHECK(sallyport({"init", f.folder.path()}).status == cli::kUsage);
  CHECK(f.folder.read("policy.yaml") == "mine");
  CHECK(f.folder.read("sallyport.yaml").empty());
}

TEST_CASE("A token of the development issuer is accepted, and refused when it has expired") {
  Fixture f;
  Run token = sallyport({"token", "issue", "--config", f.config, "--subject", "agent-1", "--group",
                         "agents", "--actor", "carol", "--ttl", "5m"});
  INFO(token.err);
  REQUIRE(token.status == cli::kDone);
  Run good = sallyport({"token", "check", "--config", f.config, "--json"}, token.out);
  CHECK(good.status == cli::kDone);
  auto json = nlohmann::json::parse(good.out);
  CHECK(json["accepted"] == true);
  CHECK(json["subject"] == "agent-1");
  CHECK(json["issuer"] == "dev");
  CHECK(json["groups"] == nlohmann::json::parse(R"(["agents"])"));
  CHECK(json["actor"] == "carol");
  Run late = sallyport({"token", "check", "--config", f.config, "--at", "2099-01-01"}, token.out);
  CHECK(late.status == cli::kDoesNotHold);
  CHECK(late.err.find("refused") != std::string::npos);
  Run lines =
      sallyport({"token", "check", "--config", f.config, "--lines"}, token.out + "rubbish\n");
  CHECK(lines.status == cli::kDone);
  CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == 2);
  CHECK(lines.out.find(R"("accepted":false)") != std::string::npos);
}

TEST_CASE("Check prints every problem of the configuration with its place") {
  Fixture f;
  std::string text = f.folder.read("b/sallyport.yaml");
  text.replace(text.find("limits: {connections"), 20, "limits: {conections");
  f.folder.write("b/sallyport.yaml", text + "stoer: x\n");
  Run checked = sallyport({"check", "--config", f.config});
  CHECK(checked.status == cli::kUsage);
  CHECK(checked.out.empty());
  CHECK(checked.err.find("conections") != std::string::npos);
  CHECK(checked.err.find("stoer") != std::string::npos);
  auto json = nlohmann::json::parse(sallyport({"check", "--config", f.config, "--json"}).out);
  REQUIRE(json.size() >= 2);
  for (const char* member : {"file", "line", "column", "message"}) CHECK(json[0].contains(member));
}

TEST_CASE("Check finds the problems of a policy that the configuration names") {
  Fixture f;
  f.folder.write("b/policy.yaml", "version: 1\nroles: []\nrules:\n  - id: x\n    efect: allow\n");
  Run checked = sallyport({"check", "--config", f.config});
  CHECK(checked.status == cli::kUsage);
  CHECK(checked.err.find("policy.yaml:5:5:") != std::string::npos);
}

TEST_CASE("A command for a broker that does not run says so") {
  Fixture f;
  Run done =
      sallyport({"sessions", "kill", "01890a5d-ac96-774b-bcce-b302099a8057", "--config", f.config});
  CHECK(done.status == cli::kDoesNotHold);
  CHECK(done.err.find("serve") != std::string::npos);
}

TEST_CASE("A store that is not there is an error that names it") {
  Fixture f;
  for (std::vector<std::string> words : {std::vector<std::string>{"sessions", "list"},
                                         {"audit", "verify"},
                                         {"audit", "search", "x"}}) {
    words.insert(words.end(), {"--config", f.config});
    Run done = sallyport(words);
    CHECK(done.status != cli::kDone);
    CHECK(done.err.find("audit.db") != std::string::npos);
  }
  CHECK(sallyport({"sessions", "list"}).status == cli::kUsage);
  CHECK(sallyport({"sessions", "list", "--store", "mysql:x"}).status == cli::kUsage);
}

}  // namespace sallyport::commands
