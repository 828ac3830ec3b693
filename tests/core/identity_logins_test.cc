#include <catch2/catch.hpp>

#include "core/identity/logins.h"
#include "core/metrics.h"
#include "identity_support.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport::identity {
namespace {

using namespace std::chrono_literals;
using Kind = Rejection::Kind;

struct Bench {
  explicit Bench(LoginLimits limits = {2, 0, 15min, 15min}) {
    auto made = Authenticator::make({dev.issuer}, clock);
    REQUIRE(made);
    authenticator = std::move(*made);
    logins =
        std::make_unique<Logins>(*authenticator, access, tickets, recorder, metrics, clock, limits);
  }
  std::string token() { return dev.token(clock.wall(), 10min + std::chrono::seconds(++serial)); }
  // Same claims, another signature.
  std::string forged() {
    std::string out = token();
    const std::size_t at = out.rfind('.') + 5;
    out[at] = out[at] == 'A' ? 'B' : 'A';
    return out;
  }
  Kind kind(std::string_view text) {
    const auto verdict = logins->verify(text, attempt);
    if (std::holds_alternative<Principal>(verdict)) throw std::runtime_error("was accepted");
    return std::get<Rejection>(verdict).kind;
  }
  bool accepts(std::string_view text) {
    return std::holds_alternative<Principal>(logins->verify(text, attempt));
  }
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      auto verdict = logins->verify(forged(), attempt);
      std::optional<int> done;
      loop.start(refuse(std::get<Rejection>(verdict)), done);
      loop.turn();
    }
  }
  net::Awaitable<int> refuse(Rejection rejection) {
    co_await logins->refuse(std::move(rejection), attempt);
    co_return 0;
  }
  std::vector<std::string> events() const {
    std::vector<std::string> out;
    for (const auto& record : recorder.of_kind("event")) out.push_back(record.event.type);
    return out;
  }

  TempDir dir;
  Signer dev{dir, "dev"};
  test::FakeClock clock;
  test::MemoryRecorder recorder;
  TicketBook tickets{recorder, clock};
  Metrics metrics;
  AccessBook access;
  std::unique_ptr<Authenticator> authenticator;
  std::unique_ptr<Logins> logins;
  Attempt attempt{"http", "192.0.2.7:4711", "crm"};
  int serial = 0;
  test::Loop loop;  // last: what still waits on it refers to the others
};

TEST_CASE("A ticket is a login of the identity it came from, as long as that is one") {
  Bench b;
  b.attempt.target = "crm";
  const std::string token = b.token();
  const auto verdict = b.logins->verify(token, b.attempt);
  const auto ticket = [&](std::uint32_t uses) {
    return b.tickets.issue({std::get<Principal>(verdict), "", "", uses, 60s}, "")
        .value()
        .ticket.text;
  };
  const std::string text = ticket(2);
  CHECK(b.accepts(text));
  CHECK(b.kind(text + "x") == Kind::kNotAuthentic);
  b.attempt.target = "billing";
  CHECK(b.kind(text) == Kind::kNotInForce);
  b.attempt.target = "crm";
  // The issuer is taken out of the configuration.
  REQUIRE(b.authenticator->replace({}));
  CHECK(b.kind(text) == Kind::kNotInForce);
}

}  // namespace

TEST_CASE("A disabled identity is refused, also with a token that was accepted before") {
  Bench b;
  const std::string token = b.token();
  CHECK(b.accepts(token));
  REQUIRE(b.access.disable({"agent-7", "dev", "left", "alice", {}}));
  CHECK(b.kind(token) == Kind::kDisabled);
  CHECK(b.kind(b.token()) == Kind::kDisabled);
  b.access.enable(b.access.list());
  CHECK(b.accepts(token));
}

TEST_CASE("After too many failures good tokens are refused, those accepted before are not") {
  Bench b;
  const std::string before = b.token();
  CHECK(b.accepts(before));
  b.fail(2);
  CHECK(b.kind(b.token()) == Kind::kLocked);
  CHECK(b.accepts(before));
  CHECK(b.events() == std::vector<std::string>{"auth.locked"});
  Bench other;
  b.attempt.client_address = "192.0.2.8:1";
  CHECK(b.accepts(b.token()));
}

TEST_CASE("A locked address is refused whatever it shows, without a verification") {
  Bench b({0, 2, 15min, 15min});
  b.fail(2);
  const auto verdict = b.logins->verify("rubbish", b.attempt);
  CHECK(std::get<Rejection>(verdict).kind == Kind::kLocked);
  CHECK(std::get<Rejection>(verdict).reason == "locked");
}

TEST_CASE("A lock ends by time or by a person's command, and either is recorded") {
  Bench b;
  b.fail(2);
  b.clock.advance(15min);
  CHECK(b.accepts(b.token()));
  b.logins->end_locks();
  b.fail(2);
  CHECK(b.kind(b.token()) == Kind::kLocked);
  CHECK(b.logins->unlock("nobody", "alice") == 0);
  CHECK(b.logins->unlock("agent-7", "alice") == 1);
  CHECK(b.accepts(b.token()));
  b.fail(2);
  CHECK(b.logins->unlock("192.0.2.7", "alice") == 1);
  CHECK(b.accepts(b.token()));
  CHECK(b.events() == std::vector<std::string>{"auth.locked", "auth.unlocked", "auth.locked",
                                               "auth.unlocked", "auth.locked", "auth.unlocked"});
}

TEST_CASE("An expired token does not count toward a lock, nor does a request without any") {
  Bench b;
  const std::string token = b.token();
  b.clock.advance(1h);
  CHECK(b.kind(token) == Kind::kNotInForce);
  for (int i = 0; i < 3; ++i) {
    auto verdict = b.logins->verify(token, b.attempt);
    b.loop.run(b.refuse(std::get<Rejection>(verdict)));
    b.loop.run(b.refuse({"no bearer token", {}, {}, Kind::kNone}));
  }
  CHECK(b.logins->locks().empty());
  CHECK(b.recorder.of_kind("login").size() == 6);
}

TEST_CASE("Failed logins count per address without the port, IPv6 per /64") {
  CHECK(counted_address("192.0.2.7:4711") == "192.0.2.7");
  CHECK(counted_address("192.0.2.7") == "192.0.2.7");
  CHECK(counted_address("[2001:db8:1:2:3:4:5:6]:80") == "2001:db8:1:2::/64");
  CHECK(counted_address("2001:db8:1:2::9") == "2001:db8:1:2::/64");
  CHECK(counted_address("[::ffff:192.0.2.7]:80") == "192.0.2.7");
  CHECK(counted_address("2001:db8:1:2::/64") == "2001:db8:1:2::/64");
  CHECK(counted_address("unix") == "unix");
}

}  // namespace sallyport::identity
