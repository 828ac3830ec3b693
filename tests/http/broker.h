// The road of HTTP put together for tests: the real listener, authenticator, gate, sessions and
// dialer around the service, a store in memory, and targets that are sockets of the test.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/direct_dialer.h"
#include "core/identity/authenticator.h"
#include "core/identity/exchange.h"
#include "core/identity/logins.h"
#include "core/metrics.h"
#include "core/secrets/secret_source.h"
#include "protocols/http/service.h"
#include "tests/http/wire.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"

namespace sallyport::http::test {

using sallyport::test::MemoryRecorder;

inline constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class Broker {
 public:
  struct Options {
    sallyport::test::DecideFunction decide = sallyport::test::allow_all;
    ConnectionTimeouts timeouts;
    std::string base_domain;
    std::string target_yaml;  // further keys of the target "crm"
    std::string base_path;
    AuditSettings audit;
    Masks masks;
  };
  Broker() : Broker(Options()) {}
  explicit Broker(Options options);
  ~Broker();

  std::string token(const std::string& subject = "agent-7",
                    const std::vector<std::string>& groups = {"agents"},
                    std::chrono::seconds ttl = std::chrono::minutes(5)) const;
  // "Authorization: Bearer …" with its line end, for agent-7.
  const std::string& authorization() const { return authorization_; }
  Wire connect() const { return Wire::connect(port_); }
  // A request of agent-7; `fields` are whole lines.
  std::string request(const std::string& line, const std::string& fields = "",
                      const std::string& content = "") const;

  // The outcome of the n-th command that has one, waited for.
  Outcome outcome(std::size_t n = 0) const;
  SessionRegistry& sessions() { return *sessions_; }
  HttpService& service() { return *service_; }

  MemoryRecorder recorder;
  Listening target;  // "crm"
  sallyport::test::FakePolicySource policy;
  sallyport::test::FakeVault vault;

 private:
  class Targets;
  SystemClock clock_;
  std::string directory_;
  config::Issuer issuer_;
  std::unique_ptr<identity::Authenticator> authenticator_;
  identity::AccessBook access_;
  std::unique_ptr<identity::TicketBook> tickets_;
  std::unique_ptr<identity::Logins> logins_;
  std::unique_ptr<identity::SshCa> ca_;
  std::unique_ptr<identity::TokenExchange> exchange_;
  std::unique_ptr<SessionRegistry> sessions_;
  std::unique_ptr<Targets> targets_;
  Gate gate_;
  DirectDialer dialer_;
  Metrics metrics_;
  net::Runtime runtime_{1};
  std::unique_ptr<secrets::SecretSource> secrets_;
  net::ConnectionBudget budget_{1000};
  std::unique_ptr<HttpService> service_;
  std::unique_ptr<net::Listener> listener_;
  std::uint16_t port_ = 0;
  std::string authorization_;
};

// The agent's request has arrived at a connection of the target that is returned.
Wire accepted(Broker& broker);

}  // namespace sallyport::http::test
