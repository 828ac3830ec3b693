// The token exchange without HTTP: what is given, to whom, how often, and what is in the log when
// it is.
#include <catch2/catch.hpp>

#include "core/identity/exchange.h"
#include "core/identity/ssh_certificate.h"
#include "core/metrics.h"
#include "core/protocol.h"
#include "identity_support.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kKey =
    "ssh-ed25519+AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f+me";

class TwoTargets final : public TargetSource {
 public:
  TwoTargets() {
    for (const char* name : {"crm", "orders-db"}) {
      auto target = std::make_shared<Target>();
      target->name = name;
      target->protocol = "http";
      targets_.push_back(std::move(target));
    }
  }
  std::shared_ptr<const Target> find(std::string_view name) const override {
    for (const auto& target : targets_)
      if (target->name == name) return target;
    return nullptr;
  }
  std::vector<std::shared_ptr<const Target>> all() const override { return targets_; }

 private:
  std::vector<std::shared_ptr<const Target>> targets_;
};

struct Bench {
  TempDir dir;
  Signer dev{dir, "dev"};
  test::FakeClock clock;
  test::MemoryRecorder recorder;
  test::FakeVault vault;
  test::FakePolicySource policy{test::allow_all};
  TwoTargets targets;
  Metrics metrics;
  AccessBook access;
  std::unique_ptr<Authenticator> authenticator = Authenticator::make({dev.issuer}, clock).value();
  TicketBook tickets{recorder, clock};
  Logins logins{*authenticator, access, tickets, recorder, metrics, clock, LoginLimits()};
  int kept = 0;
  bool can_keep = true;
  SshCa ca{vault, [this](config::SecretBytes seed) { return keep(std::move(seed)); }};
  TokenExchange exchange{ExchangeParts{logins, tickets, ca, recorder, policy, targets, clock,
                                       [] { return std::vector<std::string>(); }}};
  test::Loop loop;  // last: what still waits on it refers to the others

  net::Awaitable<Result<void>> keep(config::SecretBytes seed) {
    ++kept;
    if (!can_keep) co_return Error{ErrorCode::kNotRecorded, "told to fail"};
    vault.set(std::string(kSshCaSecret), std::string(seed.view()));
    co_return Result<void>();
  }
  std::string form(const std::string& more, std::chrono::seconds ttl = 15min) const {
    return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
           "&subject_token_type=urn:ietf:params:oauth:token-type:jwt&subject_token=" +
           dev.token(clock.wall(), ttl) + more;
  }
  std::string certificate_form(std::chrono::seconds ttl = 15min) const {
    return form("&ssh_public_key=" + std::string(kKey), ttl);
  }
  ExchangeAnswer ask(const std::string& body, const std::string& address = "192.0.2.7:1") {
    return loop.run(exchange.exchange(body, {address, "https://b.test", ""}));
  }
  SshCertificate certificate(const ExchangeAnswer& answer) {
    INFO(answer.json);
    REQUIRE(answer.status == 200);
    const std::size_t at = answer.json.find("ssh-ed25519-cert-v01");
    return parse_ssh_certificate_line(answer.json.substr(at, answer.json.find('"', at) - at))
        .value();
  }
};

}  // namespace

TEST_CASE("A certificate names all targets of the identity and ends with its token") {
  Bench b;
  const SshCertificate all = b.certificate(b.ask(b.certificate_form()));
  CHECK(all.principals == std::vector<std::string>{"crm", "orders-db"});
  CHECK(all.valid_before - all.valid_after == 300);
  const SshCertificate brief = b.certificate(b.ask(b.certificate_form(30s)));
  CHECK(brief.valid_before - brief.valid_after == 30 + 60);  // and the clocks' skew
  const SshCertificate one = b.certificate(
      b.ask(b.certificate_form() + "&audience=https://b.test/crm&scope=tester&expires_in=600"));
  CHECK(one.principals == std::vector<std::string>{"crm"});
  CHECK(one.valid_before - one.valid_after == 600);
  const std::vector<std::string> authorities = {one.ca};
  const auto who = principal_of(one, authorities, b.clock.wall(), "192.0.2.7", "crm");
  REQUIRE(std::holds_alternative<Principal>(who));
  CHECK(std::get<Principal>(who).bound_target == "crm");
  CHECK(all.serial != one.serial);
  CHECK(all.ca == one.ca);
}

TEST_CASE("The CA's key is made once, however many ask for the first certificate") {
  Bench b;
  b.recorder.hold(true);
  std::optional<ExchangeAnswer> first;
  std::optional<ExchangeAnswer> second;
  b.loop.start(b.exchange.exchange(b.certificate_form(), {"192.0.2.7:1", "", ""}), first);
  b.loop.start(b.exchange.exchange(b.certificate_form(), {"192.0.2.7:2", "", ""}), second);
  b.loop.turn();
  // Nothing is told before it is durable.
  CHECK_FALSE(first);
  CHECK_FALSE(second);
  b.recorder.release();
  b.loop.turn();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(b.certificate(*first).ca == b.certificate(*second).ca);
  CHECK(b.kept == 1);
  // Another broker process on the same store has the same key.
  SshCa again(b.vault, [](config::SecretBytes) -> net::Awaitable<Result<void>> {
    co_return Error{ErrorCode::kInternal, "must not be asked"};
  });
  CHECK(b.loop.run(again.key()).value()->public_blob() == b.certificate(*first).ca);
}

TEST_CASE("Without a store for its key the CA makes no certificate, and does when there is one") {
  Bench b;
  b.can_keep = false;
  CHECK(b.ask(b.certificate_form()).status == 503);
  b.can_keep = true;
  CHECK(b.ask(b.certificate_form()).status == 200);
  b.vault.set(std::string(kSshCaSecret), "damaged");
  SshCa damaged(b.vault, {});
  CHECK_FALSE(b.loop.run(damaged.key()));
}

TEST_CASE("One identity gets 200 certificates a second for five seconds, and is then slowed down") {
  Bench b;
  const std::string body = b.certificate_form();
  for (int i = 0; i < 1'000; ++i) REQUIRE(b.ask(body).status == 200);
  const ExchangeAnswer slowed = b.ask(body);
  CHECK(slowed.status == 429);
  CHECK(slowed.retry_after == 1s);
  b.clock.advance(1s);
  for (int i = 0; i < 200; ++i) REQUIRE(b.ask(body).status == 200);
  CHECK(b.ask(body).status == 429);
}

TEST_CASE("An address that sends rubbish is slowed down before anything is verified") {
  Bench b;
  for (int i = 0; i < 5'000; ++i)
    REQUIRE(b.ask("x", "192.0.2.9:" + std::to_string(i)).status == 400);
  CHECK(b.ask(b.form(""), "192.0.2.9:1").status == 429);
  CHECK(b.ask(b.form(""), "192.0.2.10:1").status == 200);
}

TEST_CASE("A client without a network address gets a ticket and no certificate") {
  Bench b;
  CHECK(b.ask(b.form(""), "unix").status == 200);
  const ExchangeAnswer refused = b.ask(b.certificate_form(), "unix");
  CHECK(refused.status == 400);
  CHECK(refused.json.find("this connection has none") != std::string::npos);
}

TEST_CASE("A disabled identity gets nothing, and is not told why") {
  Bench b;
  CHECK(b.ask(b.form("")).status == 200);
  REQUIRE(b.access.disable({"agent-7", "dev", "left", "alice", {}}));
  const ExchangeAnswer refused = b.ask(b.form(""));
  CHECK(refused.status == 400);
  CHECK(refused.json.find("disabled") == std::string::npos);
}

}  // namespace sallyport::identity
