// The admin interface on the store alone, and the commands' way to it: real files, real locks, real
// sockets.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "storage/reader.h"
#include "tests/tools/temporary_folder.h"
#include "tools/admin/offline.h"
#include "tools/cli/parser.h"
#include "tools/commands/broker_access.h"
#include "tools/commands/commands.h"

namespace sallyport::admin {
namespace {

using commands::BrokerAccess;
using commands::WithoutBroker;
using Json = nlohmann::json;

struct Deployment {
  Deployment() {
    std::istringstream in;
    std::ostringstream out;
    cli::Io io{in, out, out};
    REQUIRE(cli::run(commands::command_table(), {"init", directory}, io) == cli::kDone);
  }

  // Replaces `from` in the configuration.
  void edit(const std::string& from, const std::string& to) {
    std::string text = folder.read("b/sallyport.yaml");
    auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    folder.write("b/sallyport.yaml", text.replace(at, from.size(), to));
  }

  // The facts of each recorded call.
  std::vector<std::map<std::string, std::string>> calls() {
    auto reader = storage::StoreReader::open(store);
    REQUIRE(reader);
    auto leaves = (*reader)->leaves(0, 1'000);
    REQUIRE(leaves);
    std::vector<std::map<std::string, std::string>> out;
    for (const auto& leaf : *leaves) {
      Json json = Json::parse(leaf.bytes);
      if (json["kind"] != "admin.call") continue;
      std::map<std::string, std::string> facts;
      for (const auto& pair : json["fields"]) facts[pair[0]] = pair[1];
      out.push_back(std::move(facts));
    }
    return out;
  }

  Result<BrokerAccess> access(WithoutBroker without_broker) {
    cli::Arguments arguments;
    arguments.add("config", config);
    return BrokerAccess::open(arguments, without_broker);
  }

  // A socket file that nobody listens on any more.
  void leave_socket() {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = directory + "/run/admin.sock";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(fd);
  }

  test::TemporaryFolder folder;
  std::string directory = folder.path() + "/b";
  std::string config = directory + "/sallyport.yaml";
  std::string store = directory + "/data/audit.db";
  std::string uid = std::to_string(geteuid());
};

ApiReply ask(Offline& offline, const std::string& method, const std::string& path) {
  return offline.request(method, path, {}, {});
}

}  // namespace

TEST_CASE("Without a broker the same people may do the same, and it is recorded the same") {
  Deployment d;
  d.edit("groups: [admin]", "groups: [auditor]");
  {
    auto offline = Offline::open(d.config);
    INFO((offline ? std::string() : offline.error().detail));
    REQUIRE(offline);
    Json me = Json::parse(ask(**offline, "GET", "/v1/whoami").body);
    CHECK(me["via"] == "uid " + d.uid);
    CHECK(me["groups"] == Json::array({"auditor"}));
    const std::string kill = "/v1/sessions/01890a5d-ac96-774b-bcce-b302099a8057/kill";
    CHECK(ask(**offline, "POST", kill).status == 403);
    CHECK(ask(**offline, "GET", "/v1/sessions").status == 503);
    CHECK(ask(**offline, "GET", "/v1//sessions").status == 400);
    CHECK(ask(**offline, "GET", "/v1/nothing").status == 404);
  }
  auto calls = d.calls();
  REQUIRE(calls.size() == 2);
  CHECK(calls[0]["operation"] == "killSession");
  CHECK(calls[0]["status"] == "403");
  CHECK(calls[1]["status"] == "503");
  CHECK(calls[1]["via"] == "uid " + d.uid);
}

TEST_CASE("The store's lock keeps a second one out, and says why") {
  Deployment d;
  auto first = Offline::open(d.config);
  REQUIRE(first);
  auto second = Offline::open(d.config);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::kUnavailable);
  CHECK(second.error().detail.find(d.store) != std::string::npos);
}

TEST_CASE("Who is nobody makes no store") {
  Deployment d;
  d.edit("{uid: " + d.uid, "{uid: 4321");
  auto offline = Offline::open(d.config);
  REQUIRE_FALSE(offline.ok());
  CHECK(offline.error().code == ErrorCode::kDenied);
  CHECK_FALSE(std::filesystem::exists(d.store));
}

TEST_CASE("A store of another user is left alone") {
  if (geteuid() != 0) return;  // only root can give a file away
  Deployment d;
  REQUIRE(Offline::open(d.config));
  REQUIRE(chown(d.store.c_str(), 65534, 65534) == 0);
  auto offline = Offline::open(d.config);
  REQUIRE_FALSE(offline.ok());
  CHECK(offline.error().detail.find("uid 65534") != std::string::npos);
}

TEST_CASE("A configuration that cannot be used is an error with its place") {
  Deployment d;
  d.edit("store:", "stores:");
  auto offline = Offline::open(d.config);
  REQUIRE_FALSE(offline.ok());
  CHECK(offline.error().code == ErrorCode::kInvalid);
  CHECK(offline.error().detail.find("sallyport.yaml:") != std::string::npos);
}

TEST_CASE("A command goes to the store when no broker runs, if it can do without") {
  Deployment d;
  auto sure = d.access(WithoutBroker::kFails);
  REQUIRE(sure);
  auto missing = sure->call("GET", "/v1/whoami");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().detail.find("is 'sallyport serve' running?") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(d.store));

  // No socket, and a socket that nobody listens on.
  for (int i = 0; i < 2; ++i) {
    auto broker = d.access(WithoutBroker::kUsesStore);
    REQUIRE(broker);
    auto answer = broker->call("GET", "/v1/whoami");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    // Still the same store: the lock is held until the end.
    CHECK(broker->call("GET", "/v1/sessions")->status == 503);
    if (i == 0) d.leave_socket();
  }
}

TEST_CASE("A configuration without a socket is for the store alone") {
  Deployment d;
  d.edit("  socket: run/admin.sock", "  address: 127.0.0.1:1");
  CHECK_FALSE(d.access(WithoutBroker::kFails).ok());
  auto broker = d.access(WithoutBroker::kUsesStore);
  REQUIRE(broker);
  CHECK(broker->call("GET", "/v1/whoami")->status == 200);
}

TEST_CASE("What names a broker is one of two, and a token goes nowhere in the clear") {
  struct Row {
    std::vector<std::pair<std::string, std::string>> options;
    std::string about;
  };
  test::TemporaryFolder folder;
  std::string token = folder.write("token", "t\n");
  for (const Row& row : std::vector<Row>{
           {{}, "either --config FILE or --broker URL"},
           {{{"config", "x"}, {"broker", "https://b"}}, "either --config FILE or --broker URL"},
           {{{"config", "x"}, {"token-file", token}}, "go with --broker"},
           {{{"broker", "https://b"}}, "needs --token-file"},
           {{{"broker", "https://b"}, {"token-file", "/nowhere"}}, "/nowhere: cannot be opened"},
           {{{"broker", "http://broker.example"}, {"token-file", token}}, "https only"},
           {{{"broker", "http://10.0.0.1:8081"}, {"token-file", token}}, "https only"},
           {{{"broker", "http://127.0.0.1.example"}, {"token-file", token}}, "https only"},
           {{{"broker", "ftp://127.0.0.1"}, {"token-file", token}}, "https only"},
           {{{"broker", "https://u:p@b"}, {"token-file", token}}, "no user name"},
           {{{"broker", "::"}, {"token-file", token}}, "is not a URL"}}) {
    cli::Arguments arguments;
    for (const auto& [name, value] : row.options) arguments.add(name, value);
    auto access = BrokerAccess::open(arguments, WithoutBroker::kFails);
    REQUIRE_FALSE(access.ok());
    INFO(access.error().detail);
    CHECK(access.error().detail.find(row.about) != std::string::npos);
  }
  for (const char* url : {"https://b", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"})
    CHECK(check_broker_url(url).ok());
}

TEST_CASE("A word of a path or a query is escaped") {
  CHECK(commands::escaped("a-b_c.d~9") == "a-b_c.d~9");
  CHECK(commands::escaped("a/b c%\xC3\xA9") == "a%2Fb%20c%25%C3%A9");
}

}  // namespace sallyport::admin
