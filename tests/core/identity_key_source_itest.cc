#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "core/identity/fetch.h"
#include "core/identity/limits.h"
#include "identity_support.h"
#include "tests/support/fakes.h"

namespace sallyport::identity {
namespace {

using test::FakeClock;

// Answers every request on a loopback port with the same bytes, which a test may change, or with
// those of its path; answers nothing while there are none.
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

  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return origin() + "/keys"; }
  void answer_at(const std::string& path, std::string answer) {
    const std::lock_guard lock(mutex_);
    by_path_[path] = std::move(answer);
  }
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
      const ssize_t received = ::recv(peer, request.data(), request.size(), 0);
      if (received <= 0) {
        ::close(peer);
        continue;
      }
      const std::string head(request.data(), static_cast<std::size_t>(received));
      const std::size_t path = head.find(' ') + 1;
      const std::lock_guard lock(mutex_);
      const auto own = by_path_.find(head.substr(path, head.find(' ', path) - path));
      std::string_view rest = own == by_path_.end() ? answer_ : own->second;
      if (rest.empty()) {
        held_.push_back(peer);
        continue;
      }
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
  std::map<std::string, std::string> by_path_;
  int answers_ = 0;
  std::vector<int> held_;
  std::thread thread_;
};

std::string ok(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
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

constexpr const char* kNone = "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr const char* kOpenId = "/.well-known/openid-configuration";
constexpr const char* kOAuth = "/.well-known/oauth-authorization-server";

TEST_CASE("What somebody else's document names is fetched from public addresses only") {
  SmallServer server(ok("{}"));
  const std::atomic<bool> stop{false};
  FetchRequest request{server.url(), "", 100, kFetchDeadline, net::AddressScope::kGlobal};
  for (const auto scope : {net::AddressScope::kGlobal, net::AddressScope::kPrivate}) {
    request.besides_global = scope;
    const Result<Fetched> refused = fetch(request, stop);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kDenied);
    CHECK(refused.error().detail.starts_with("leads to a loopback address"));
  }
  // Whatever name it goes by.
  request.url = "http://localhost" + server.url().substr(server.url().rfind(':'));
  CHECK_FALSE(fetch(request, stop));
  CHECK(server.answers() == 0);
  request.besides_global = net::AddressScope::kLoopback;
  const Result<Fetched> fetched = fetch(request, stop);
  REQUIRE(fetched);
  CHECK(fetched->peer == net::AddressScope::kLoopback);
}

TEST_CASE("An answer says how long it is fresh") {
  SmallServer server(ok("{}", "Cache-Control: public, max-age=90\r\nAge: 30\r\n"));
  const Result<Fetched> cached = get(server.url(), 100);
  REQUIRE(cached);
  CHECK(cached->fresh_for == std::chrono::seconds(60));
  server.answer_with(ok("{}"));
  CHECK_FALSE(get(server.url(), 100)->fresh_for);
}

// The signer as a provider whose keys are found by discovery at `server`, which knows `path`.
config::Issuer discovered(Signer& signer, SmallServer& server, const char* path) {
  signer.issuer.issuer = server.origin();
  server.answer_with(kNone);
  server.answer_at("/keys", ok(signer.jwks()));
  server.answer_at(
      path, ok("{\"issuer\":\"" + server.origin() + "\",\"jwks_uri\":\"" + server.url() + "\"}"));
  return provider(signer, "");
}

// A development issuer's tokens say "sallyport:NAME"; a provider's say its URL.
std::string token_of(const Signer& signer, WallTime now) {
  config::Issuer as_development = signer.issuer;
  as_development.type = config::IssuerType::kDevelopment;
  const auto issued =
      issue_token(as_development, "agent-7", {"dev"}, "", std::chrono::minutes(10), now);
  REQUIRE(issued);
  return *issued;
}

TEST_CASE("Keys are found by either standard's discovery") {
  const TempDir dir;
  const FakeClock clock;
  for (const char* path : {kOpenId, kOAuth}) {
    Signer idp(dir, "idp");
    SmallServer server(kNone);
    auto made = Authenticator::make({discovered(idp, server, path)}, clock);
    REQUIRE(made);
    CHECK(accepted((*made)->authenticate(token_of(idp, clock.wall()))));
  }
}

TEST_CASE("A provider without a discovery document is told of once, by its first address") {
  const TempDir dir;
  const FakeClock clock;
  Signer idp(dir, "idp");
  SmallServer server(kNone);
  config::Issuer issuer = discovered(idp, server, kOpenId);
  server.answer_at(kOpenId, kNone);
  std::mutex mutex;
  std::vector<Event> told;
  auto made = Authenticator::make({issuer}, clock,
                                  {[&](const Event& event) {
                                     const std::lock_guard lock(mutex);
                                     told.push_back(event);
                                   },
                                   kFirstFetchWait});
  REQUIRE(made);
  const std::string why = server.origin() + kOpenId + ": HTTP status 404";
  const auto verdict = (*made)->authenticate(token_of(idp, clock.wall()));
  CHECK(reason(verdict) == "the issuer's keys are not at hand: " + why);
  CHECK(std::get<Rejection>(verdict).kind == Rejection::Kind::kUnverifiable);
  CHECK_FALSE(newer_keys(verdict));
  // The first retry fails as well.
  server.wait_for_answers(4);
  made->reset();
  REQUIRE(told.size() == 1);
  CHECK(told[0].type == "identity.keys");
  CHECK(told[0].fields == std::vector<std::pair<std::string, std::string>>{
                              {"issuer", "idp"}, {"state", "unreachable"}, {"why", why}});
}

TEST_CASE("A rotation is waited for by the login that needs it, and changes who is vouched for") {
  const TempDir dir;
  const FakeClock clock;
  Signer before(dir, "idp");
  SmallServer server(kNone);
  const config::Issuer issuer = discovered(before, server, kOpenId);
  std::mutex mutex;
  std::vector<Event> told;
  auto made = Authenticator::make({issuer}, clock,
                                  {[&](const Event& event) {
                                     const std::lock_guard lock(mutex);
                                     told.push_back(event);
                                   },
                                   kFirstFetchWait});
  REQUIRE(made);
  const auto old = (*made)->authenticate(token_of(before, clock.wall()));
  REQUIRE(accepted(old));
  const std::uint64_t generation = (*made)->generation();

  Signer after(dir, "idp");
  after.issuer.issuer = server.origin();
  server.answer_at("/keys", ok(after.jwks()));
  const std::string token = token_of(after, clock.wall());
  const auto unknown = (*made)->authenticate(token);
  const auto fetched = newer_keys(unknown);
  REQUIRE(fetched);
  while (!fetched->ready()) std::this_thread::yield();
  const auto known = (*made)->authenticate(token);
  REQUIRE(accepted(known));
  CHECK((*made)->generation() > generation);
  CHECK((*made)->vouches(std::get<Principal>(known)));
  CHECK_FALSE((*made)->vouches(std::get<Principal>(old)));
  // The next unknown key has to wait for its interval, and nobody waits with it.
  CHECK_FALSE(newer_keys((*made)->authenticate(token_of(before, clock.wall()))));
  made->reset();
  REQUIRE(told.size() == 2);
  CHECK(told[0].fields[2].second == std::get<Principal>(old).key_id);
  CHECK(told[1].fields[2].second == std::get<Principal>(known).key_id);
  CHECK(told[1].fields[3].second == std::get<Principal>(old).key_id);
}

TEST_CASE("Keys lapse when the outage outlasts keep_keys, and what runs stays vouched for") {
  const TempDir dir;
  const FakeClock clock;
  Signer idp(dir, "idp");
  SmallServer server(kNone);
  config::Issuer issuer = discovered(idp, server, kOpenId);
  issuer.refresh_keys = issuer.keep_keys = std::chrono::seconds(1);
  auto made = Authenticator::make({issuer}, clock);
  REQUIRE(made);
  const std::string token = token_of(idp, clock.wall());
  const auto verdict = (*made)->authenticate(token);
  REQUIRE(accepted(verdict));
  server.answer_at("/keys", kNone);
  while (accepted((*made)->authenticate(token))) std::this_thread::yield();
  CHECK(reason((*made)->authenticate(token)) ==
        "the issuer's keys are not at hand: " + server.url() + ": HTTP status 404");
  CHECK((*made)->vouches(std::get<Principal>(verdict)));
  server.answer_at("/keys", ok(idp.jwks()));
  while (!accepted((*made)->authenticate(token))) std::this_thread::yield();
}

}  // namespace
}  // namespace sallyport::identity
