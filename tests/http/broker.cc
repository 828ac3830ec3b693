#include "tests/http/broker.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "core/identity/dev_issuer.h"
#include "protocols/http/target_settings.h"

namespace sallyport::http::test {

class Broker::Targets final : public TargetSource {
 public:
  std::shared_ptr<const Target> find(std::string_view name) const override {
    return target_ && name == target_->name ? target_ : nullptr;
  }
  std::vector<std::shared_ptr<const Target>> all() const override { return {target_}; }
  std::shared_ptr<const Target> target_;
};

namespace {

std::string temporary_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
  if (!::mkdtemp(path.data())) throw std::runtime_error("no temporary directory");
  return path;
}

void write_private(const std::string& path, const std::string& bytes) {
  std::ofstream(path) << bytes;
  ::chmod(path.c_str(), 0600);
}

std::shared_ptr<const Target> make_target(const Broker::Options& options, std::uint16_t port,
                                          const std::string& directory) {
  config::Problems problems;
  const std::string url =
      "url: http://127.0.0.1:" + std::to_string(port) + options.base_path + "\n";
  auto node = config::Document::parse(url + options.target_yaml, "target.yaml", problems);
  auto target = std::make_shared<Target>();
  target->name = "crm";
  target->protocol = "http";
  target->audit = options.audit;
  if (node) {
    config::MapReader reader(*node, problems, "a target");
    read_http_target(reader, directory, *target);
    reader.finish();
  }
  if (!problems.empty()) throw std::runtime_error(problems.to_string());
  return target;
}

net::Awaitable<Result<void>> keep_nothing(config::SecretBytes) { co_return Result<void>(); }

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

}  // namespace

Broker::Broker(Options options)
    : policy(options.decide, options.masks),
      directory_(temporary_directory()),
      gate_(policy, clock_) {
  issuer_.name = "dev";
  issuer_.type = config::IssuerType::kDevelopment;
  issuer_.issuer = "https://dev.sallyport.test";
  issuer_.audience = "sallyport";
  issuer_.key = directory_ + "/dev.pem";
  write_private(issuer_.key, need(identity::make_dev_key()));
  write_private(directory_ + "/crm.secret", "the-target-secret\n");
  authenticator_ = need(identity::Authenticator::make({issuer_}, clock_));
  tickets_ = std::make_unique<identity::TicketBook>(recorder, clock_);
  logins_ = std::make_unique<identity::Logins>(*authenticator_, access_, *tickets_, recorder,
                                               metrics_, clock_, LoginLimits());
  sessions_ = std::make_unique<SessionRegistry>(recorder, policy, clock_, SessionLimits());
  targets_ = std::make_unique<Targets>();
  targets_->target_ = make_target(options, target.port(), directory_);
  ca_ = std::make_unique<identity::SshCa>(vault, &keep_nothing);
  exchange_ = std::make_unique<identity::TokenExchange>(
      identity::ExchangeParts{*logins_, *tickets_, *ca_, recorder, policy, *targets_, clock_,
                              [this] { return std::vector<std::string>{issuer_.issuer}; }});
  authorization_ = "Authorization: Bearer " + token() + "\r\n";

  auto config = std::make_shared<HttpListener>();
  config->base_domain = options.base_domain;
  secrets_ = std::make_unique<secrets::SecretSource>(vault, clock_);
  const Services services{runtime_, clock_, *logins_, *exchange_, *targets_, *sessions_,
                          recorder, gate_,  dialer_,  metrics_,   *secrets_};
  service_ = std::make_unique<HttpService>(services, config, options.timeouts);
  net::ListenerSettings settings;
  settings.address = "127.0.0.1:0";
  settings.acceptor_per_thread = true;
  HttpService* service = service_.get();
  listener_ = need(net::Listener::open(
      runtime_, settings, budget_, [] { return nullptr; },
      [service](std::unique_ptr<net::Stream> stream) {
        return service->serve(std::move(stream));
      }));
  listener_->start();
  runtime_.start();
  const std::string address = listener_->address();
  port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

Broker::~Broker() {
  runtime_.stop();
  runtime_.join();
  listener_.reset();
  service_.reset();
  std::filesystem::remove_all(directory_);
}

std::string Broker::token(const std::string& subject, const std::vector<std::string>& groups,
                          std::chrono::seconds ttl) const {
  return need(identity::issue_token(issuer_, subject, groups, "", ttl, clock_.wall()));
}

std::string Broker::request(const std::string& line, const std::string& fields,
                            const std::string& content) const {
  return line + " HTTP/1.1\r\nHost: broker.test\r\n" + authorization_ + fields + "\r\n" + content;
}

Outcome Broker::outcome(std::size_t n) const {
  for (int i = 0; i < 10'000; ++i) {
    const auto outcomes = recorder.of_kind("outcome");
    if (outcomes.size() > n) return outcomes[n].outcome;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw std::runtime_error("the outcome was not recorded in ten seconds");
}

Wire accepted(Broker& broker) {
  Wire target = broker.target.accept();
  target.until("\r\n\r\n");
  return target;
}

}  // namespace sallyport::http::test
