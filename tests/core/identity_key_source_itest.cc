#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/identity/fetch.h"
#include "core/identity/limits.h"
#include "identity_support.h"
#include "tests/support/fakes.h"

namespace sallyport::identity {
namespace {

using test::FakeClock;

// Answers every request on a loopback port with the same bytes, which a test may change; answers
// nothing while there are none.
class SmallServer {
 public:
  explicit SmallServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, generic, length) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, generic, &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~SmallServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int held : held_) ::close(held);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/keys"; }
  void answer_with(std::string answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void wait_for_answers(int count) {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return answers_ >= count; });
  }
  int answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  void run() {
    for (;;) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      std::array<char, 4096> request;
      if (::recv(peer, request.data(), request.size(), 0) <= 0) {
        ::close(peer);
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (answer_.empty()) {
        held_.push_back(peer);
        continue;
      }
      std::string_view rest = answer_;
      while (!rest.empty()) {
        const ssize_t sent = ::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
      ::close(peer);
      ++answers_;
      answered_.notify_all();
    }
  }

  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::string answer_;
  int answers_ = 0;
  std::vector<int> held_;
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

Result<Fetched> get(const std::string& url, std::size_t most_bytes,
                    std::chrono::milliseconds deadline = kFetchDeadline) {
  const std::atomic<bool> stop{false};
  return fetch({url, "", most_bytes, deadline, std::nullopt}, stop);
}

TEST_CASE("A document is fetched to its limit and refused beyond it") {
  SmallServer server(ok("0123456789"));
  const Result<Fetched> fetched = get(server.url(), 10);
  REQUIRE(fetched);
  CHECK(fetched->body == "0123456789");
  const Result<Fetched> large = get(server.url(), 9);
  REQUIRE_FALSE(large);
  CHECK(large.error().code == ErrorCode::kLimit);
}

TEST_CASE("Redirects and other statuses are not followed or believed") {
  SmallServer server(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const Result<Fetched> redirected = get(server.url(), 100);
  REQUIRE_FALSE(redirected);
  CHECK(redirected.error().detail == "HTTP status 302");
  CHECK(server.answers() == 1);
  server.answer_with("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}");
  CHECK_FALSE(get(server.url(), 100));
  server.answer_with("garbage\r\n\r\n");
  CHECK_FALSE(get(server.url(), 100));
  server.answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{}");
  CHECK_FALSE(get(server.url(), 100));
}

TEST_CASE("A server that says nothing meets the deadline") {
  SmallServer server("");
  const Result<Fetched> body = get(server.url(), 100, std::chrono::milliseconds(50));
  REQUIRE_FALSE(body);
  CHECK(body.error().code == ErrorCode::kTimeout);
}

TEST_CASE("A fetch that is stopped ends") {
  SmallServer server("");
  const std::atomic<bool> stop{true};
  const Result<Fetched> body = fetch({server.url(), "", 100, kFetchDeadline, std::nullopt}, stop);
  REQUIRE_FALSE(body);
  CHECK(body.error().code == ErrorCode::kClosed);
}

// The signer's tokens as those of an identity provider whose keys are at `url`.
config::Issuer provider(const Signer& signer, const std::string& url) {
  config::Issuer issuer = signer.issuer;
  issuer.type = config::IssuerType::kOidc;
  issuer.jwks = url;
  return issuer;
}

TEST_CASE("Keys come from a URL, and a token with a new key fetches them again") {
  const TempDir dir;
  const FakeClock clock;
  const Signer before(dir, "idp");
  SmallServer server(ok(before.jwks()));
  auto made = Authenticator::make({provider(before, server.url())}, clock);
  REQUIRE(made);
  const Authenticator& authenticator = **made;
  const std::string old_token = before.token(clock.wall());
  CHECK(accepted(authenticator.authenticate(old_token)));
  CHECK(server.answers() == 1);

  const Signer after(dir, "idp");
  server.answer_with(ok(after.jwks()));
  const std::string new_token = after.token(clock.wall());
  CHECK(reason(authenticator.authenticate(new_token)) ==
        "no key of the issuer has the token's \"kid\"");
  server.wait_for_answers(2);
  // The answer is on its way through the fetching thread.
  while (!accepted(authenticator.authenticate(new_token))) std::this_thread::yield();
  CHECK_FALSE(accepted(authenticator.authenticate(old_token)));
}

TEST_CASE("Keys that were fetched stay when the URL answers garbage") {
  const TempDir dir;
  const FakeClock clock;
  const Signer idp(dir, "idp");
  const Signer stranger(dir, "stranger");
  SmallServer server(ok(idp.jwks()));
  auto made = Authenticator::make({provider(idp, server.url())}, clock);
  REQUIRE(made);
  server.answer_with(ok("{\"keys\":[]}"));
  config::Issuer claims_to_be = stranger.issuer;
  claims_to_be.issuer = idp.issuer.issuer;
  const auto forged =
      issue_token(claims_to_be, "agent-7", {}, "", std::chrono::minutes(1), clock.wall());
  REQUIRE(forged);
  CHECK_FALSE(accepted((*made)->authenticate(*forged)));
  server.wait_for_answers(2);
  CHECK(accepted((*made)->authenticate(idp.token(clock.wall()))));
  // A reload of the same issuer keeps what was fetched.
  REQUIRE((*made)->replace({provider(idp, server.url())}));
  CHECK(accepted((*made)->authenticate(idp.token(clock.wall()))));
}

TEST_CASE("An issuer whose keys cannot be fetched refuses its tokens and no others") {
  const TempDir dir;
  const FakeClock clock;
  const Signer idp(dir, "idp");
  const Signer dev(dir, "dev");
  SmallServer server("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  auto made = Authenticator::make({provider(idp, server.url()), dev.issuer}, clock);
  REQUIRE(made);
  CHECK(reason((*made)->authenticate(idp.token(clock.wall()))) ==
        "the issuer's keys are not at hand: " + server.url() + ": HTTP status 503");
  CHECK(accepted((*made)->authenticate(dev.token(clock.wall()))));
}

}  // namespace
}  // namespace sallyport::identity
