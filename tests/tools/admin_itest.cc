// The admin socket and its client, over a real Unix socket and real threads.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "core/net/listener.h"
#include "tests/tools/api_fixture.h"
#include "tools/admin/client.h"
#include "tools/admin/limits.h"
#include "tools/admin/server.h"

namespace sallyport::admin {
namespace {

struct Running : ApiFixture {
  Running() {
    users.push_back({getuid(), "", "me", {"admin"}, {}});
    net::ListenerSettings settings;
    settings.address = "unix:" + path;
    auto opened = net::Listener::open(
        runtime, settings, budget, [] { return std::shared_ptr<const net::TlsContext>(); },
        [this](std::unique_ptr<net::Stream> stream) { return server.serve(std::move(stream)); });
    REQUIRE(opened);
    listener = *std::move(opened);
    runtime.start();
    listener->start();
  }
  ~Running() {
    hub.close("the test ends");
    listener->stop();
    runtime.stop();
    runtime.join();
  }
  Client client() { return Client({path, "", "", ""}); }

  std::string path = folder.path() + "/admin.sock";
  SystemClock system_clock;
  TailHub hub;
  net::ConnectionBudget budget{8};
  net::Runtime runtime{1};
  Server server{api, hub, system_clock};
  std::unique_ptr<net::Listener> listener;
};

}  // namespace

TEST_CASE("The caller on the socket is the peer's uid, and a kill takes effect") {
  Running broker;
  std::string id = broker.open_session();
  Client client = broker.client();
  auto listed = client.request("GET", "/v1/sessions");
  REQUIRE(listed);
  CHECK(listed->status == 200);
  CHECK(listed->body.find(id) != std::string::npos);
  auto killed = client.request("POST", "/v1/sessions/" + id + "/kill", R"({"reason":"x"})");
  REQUIRE(killed);
  CHECK(killed->status == 200);
  CHECK(broker.sessions.size() == 0);
  CHECK(client.request("POST", "/v1/sessions/" + id + "/kill")->status == 404);
}

TEST_CASE("A refusal says why") {
  Running broker;
  broker.users.clear();
  auto answer = broker.client().request("GET", "/v1/sessions");
  REQUIRE(answer);
  CHECK(answer->status == 403);
  CHECK(detail_of(*answer).find("admin.users") != std::string::npos);
}

TEST_CASE("A body beyond the limit and a head that is no HTTP are refused") {
  Running broker;
  std::string body(kAdminBodyBytes + 1, 'x');
  auto answer = broker.client().request("POST", "/v1/sessions/x/kill", body);
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("The tail brings lines as they are published, until the reader has enough") {
  Running broker;
  std::thread publisher([&] {
    while (!broker.hub.followed()) std::this_thread::yield();
    broker.hub.publish("{\"n\":1}");
    broker.hub.publish("");
    broker.hub.publish("{\"n\":2}");
  });
  std::vector<std::string> lines;
  Client client = broker.client();
  auto answer = client.follow("/v1/sessions/tail", [&](std::string_view line) {
    lines.emplace_back(line);
    return lines.size() < 2;
  });
  publisher.join();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(lines == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}"});
}

TEST_CASE("A tail ends with a notice when the broker stops") {
  Running broker;
  std::thread stopper([&] {
    while (!broker.hub.followed()) std::this_thread::yield();
    broker.hub.close("the broker stops");
  });
  std::string last;
  Client client = broker.client();
  auto answer = client.follow("/v1/sessions/tail", [&](std::string_view line) {
    last = line;
    return true;
  });
  stopper.join();
  REQUIRE(answer);
  CHECK(last.find("the broker stops") != std::string::npos);
}

TEST_CASE("A broker that is not there is an error that names the socket") {
  Client client({"/nonexistent/admin.sock", "", "", ""});
  auto answer = client.request("GET", "/v1/sessions");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().detail.find("/nonexistent/admin.sock") != std::string::npos);
}

}  // namespace sallyport::admin
