#include "tools/broker/broker.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <thread>

#include "core/identity/digest.h"
#include "core/log/log.h"
#include "storage/payload.h"
#include "storage/vault.h"
#include "tools/admin/limits.h"
#include "tools/admin/routes.h"
#include "tools/broker/access.h"
#include "tools/broker/limits.h"
#include "tools/broker/modules.h"
#include "tools/broker/redaction.h"
#include "tools/broker/store.h"
#include "tools/broker/versions.h"

namespace sallyport::broker {

Broker::Broker(Loaded loaded)
    : loaded_(std::move(loaded)),
      config_(loaded_.config),
      policy_(loaded_.policy),
      connections_(loaded_.config->connections),
      socket_connections_(admin::kAdminConnections),
      address_connections_(admin::kAdminConnections) {}

Broker::~Broker() {
  // After a start that failed half-way: what the parts left on the threads goes before the parts
  // do.
  if (!runtime_) return;
  runtime_->stop();
  runtime_->join();
}

Result<std::unique_ptr<Broker>> Broker::open(Loaded loaded) {
  // Before any thread uses libcurl: its own start is not thread-safe everywhere.
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<Broker> broker(new Broker(std::move(loaded)));
  for (auto step :
       {&Broker::open_store, &Broker::open_parts, &Broker::open_listeners, &Broker::open_admin})
    if (auto done = (broker.get()->*step)(); !done) return done.error();
  return broker;
}

Result<void> Broker::open_store() {
  const config::Config& config = *loaded_.config;
  std::vector<std::pair<std::string, std::string>> start_fields = {
      {"version", program_version()}, {"config", config.digest}, {"policy", loaded_.policy->id()}};
  for (const auto& [name, version] : library_versions())
    start_fields.emplace_back("library." + name, version);
  auto store = broker::open_store(config, std::move(start_fields), clock_);
  if (!store) return store.error();
  store_ = *std::move(store);
  tee_ = std::make_unique<admin::TeeRecorder>(*store_, hub_, clock_);
  recorder_ = std::make_unique<RedactingRecorder>(*tee_);
  secrets_ = std::make_unique<secrets::SecretSource>(store_->vault(), clock_);
  loaded_.policy = loaded_.policy->with_mask_key(store_->mask_key());
  policy_.set(loaded_.policy);
  return redact_by(config);
}

Result<void> Broker::redact_by(const config::Config& config) {
  auto redactors = make_redactors(config, store_->mask_key().view());
  if (!redactors) return redactors.error();
  recorder_->redact_by(redactors->record);
  log::redact_by(redactors->log);
  return {};
}

Result<void> Broker::prepare_targets(const config::Config& config) {
  for (const auto& target : config.targets)
    if (auto ready = dialer_.prepare(target->endpoint); !ready)
      return Error{ready.error().code, fmt::format("{}: target {}: {}", config.path, target->name,
                                                   ready.error().detail)};
  return {};
}

Result<void> Broker::open_parts() {
  const config::Config& config = *loaded_.config;
  unsigned threads = config.io_threads;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  runtime_ = std::make_unique<net::Runtime>(threads);
  watchdog_ = std::make_unique<Watchdog>(
      threads, [runtime = runtime_.get()](unsigned thread) { return runtime->heartbeat(thread); });
  identity::AuthenticatorSettings identity_settings;
  identity_settings.report = [recorder = recorder_.get()](const Event& event) {
    recorder->event(event);
  };
  auto authenticator =
      identity::Authenticator::make(config.issuers, clock_, std::move(identity_settings));
  if (!authenticator) return authenticator.error();
  authenticator_ = *std::move(authenticator);
  auto access = load_access(config);
  if (!access) return access.error();
  access_ = *std::move(access);
  tickets_ = std::make_unique<identity::TicketBook>(*recorder_, clock_);
  if (auto restored = restore_tickets(); !restored) return restored;
  logins_ = std::make_unique<identity::Logins>(*authenticator_, *access_, *tickets_, *recorder_,
                                               metrics_, clock_, config.login_limits);
  make_exchange();
  sessions_ = std::make_unique<SessionRegistry>(*recorder_, policy_, clock_, config.limits);
  access_control_ = std::make_unique<identity::AccessControl>(
      *access_, *recorder_, clock_, identity::AccessControl::Live{sessions_.get(), logins_.get()});
  standing_ = std::make_unique<BrokerStanding>(*access_, *authenticator_, config_, policy_);
  gate_ = std::make_unique<Gate>(policy_, clock_);
  return prepare_targets(config);
}

Services Broker::services() {
  return Services{*runtime_,  clock_, *logins_, *exchange_, config_,  *sessions_,
                  *recorder_, *gate_, dialer_,  metrics_,   *secrets_};
}

Result<void> Broker::open_listeners() {
  for (const ProtocolModule* module : protocol_modules()) {
    std::string key(module->listener_key());
    auto configured = loaded_.config->listeners.find(key);
    if (configured == loaded_.config->listeners.end()) continue;
    if (auto sound = module->self_test(); !sound) return sound;
    Door door;
    door.module = module;
    door.key = key;
    door.tls = std::make_unique<Swapped<net::TlsContext>>();
    if (auto tls = loaded_.tls.find(key); tls != loaded_.tls.end()) door.tls->set(tls->second);
    const net::Listener::TlsSource in_force = [tls = door.tls.get()] { return tls->get(); };
    door.service = module->make_service(services(), configured->second, in_force);
    net::ListenerSettings settings;
    settings.address = configured->second->address;
    settings.acceptor_per_thread = module->acceptor_per_thread();
    auto listener = net::Listener::open(
        *runtime_, settings, connections_,
        module->secures_streams_itself() ? net::Listener::TlsSource() : in_force,
        [service = door.service.get()](std::unique_ptr<net::Stream> stream) {
          return service->serve(std::move(stream));
        });
    if (!listener)
      return Error{listener.error().code,
                   fmt::format("listen.{}: {}", key, listener.error().detail)};
    door.listener = *std::move(listener);
    doors_.push_back(std::move(door));
  }
  return {};
}

Result<void> Broker::open_admin() {
  const config::Admin& configured = loaded_.config->admin;
  admin::HealthParts health{*sessions_, *recorder_, metrics_, [this] { return draining_.load(); },
                            [this] { return std::size_t{connections_.in_use()}; }};
  const admin::StorePlace place{loaded_.config->store, readers_};
  admin::SecretParts secrets{store_->vault(), place, [this] { return config_.current(); }, clock_};
  admin::CaParts ca{*ssh_ca_, [this] {
                      const auto shown = tls_certificate_.get();
                      return shown ? *shown : std::string();
                    }};
  const admin::Areas areas{std::move(health), sessions_.get(), std::move(secrets), std::move(ca),
                           admin::AccessParts{*access_control_, logins_.get(), place,
                                              [this] { return config_.current(); }}};
  admin::ApiParts parts{*recorder_, logins_.get(), [this] { return config_.current(); }};
  api_ = std::make_unique<admin::Api>(std::move(parts), admin::make_routes(areas));
  admin_ = std::make_unique<admin::Server>(*api_, hub_, clock_);
  if (auto tls = loaded_.tls.find(std::string(kAdminListener)); tls != loaded_.tls.end())
    admin_tls_.set(tls->second);
  if (!configured.socket.empty()) {
    auto plain = [] { return std::shared_ptr<const net::TlsContext>(); };
    if (auto open = listen_for_people("unix:" + configured.socket, socket_connections_, plain);
        !open)
      return open;
  }
  if (configured.address.empty()) return {};
  return listen_for_people(configured.address, address_connections_,
                           [this] { return admin_tls_.get(); });
}

Result<void> Broker::listen_for_people(const std::string& address, net::ConnectionBudget& budget,
                                       net::Listener::TlsSource tls) {
  net::ListenerSettings settings;
  settings.address = address;
  auto listener = net::Listener::open(*runtime_, settings, budget, std::move(tls),
                                      [server = admin_.get()](std::unique_ptr<net::Stream> stream) {
                                        return server->serve(std::move(stream));
                                      });
  if (!listener) return Error{listener.error().code, "admin: " + listener.error().detail};
  admin_listeners_.push_back(*std::move(listener));
  return {};
}

void Broker::warn_of_missing_secrets() const {
  for (const auto& target : loaded_.config->targets) {
    if (!target->credential || !target->credential->reference.sealed()) continue;
    const config::SecretReference& reference = target->credential->reference;
    if (!store_->vault().kind_of(reference.sealed_name()))
      log::warn("a target's secret is not set; its requests are refused until it is",
                {{"target", target->name}, {"secret", reference.name()}});
  }
}

void Broker::announce() {
  warn_of_missing_secrets();
  for (const Door& door : doors_)
    log::info("listening", {{"listener", door.key}, {"address", door.listener->address()}});
  for (const auto& listener : admin_listeners_)
    log::info("listening", {{"listener", "admin"}, {"address", listener->address()}});
  log::info("ready", {{"version", program_version()},
                      {"threads", fmt::format("{}", runtime_->threads())},
                      {"targets", fmt::format("{}", loaded_.config->targets.size())},
                      {"policy", loaded_.policy->id()}});
}

void Broker::run() {
  // The first thing each thread does: later there may be no memory for it.
  for (unsigned i = 0; i < runtime_->threads(); ++i)
    net::post(runtime_->executor(i), [] {
      identity::sha256({});
      storage::prepare_thread();
    });
  runtime_->start();
  for (Door& door : doors_) door.listener->start();
  for (auto& listener : admin_listeners_) listener->start();
  record_load(Loaded{}, loaded_, "process");
  announce();
  finish_earlier_rotation();
  notify_ready();
  for (MonoTime next = clock_.mono() + kHousekeeping;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - clock_.mono());
    auto signal = wait_for_signal(std::max(left, std::chrono::milliseconds(0)));
    if (signal == Signal::kReload) try_reload();
    if (signal == Signal::kDrain || signal == Signal::kStop)
      return shut_down(signal == Signal::kDrain);
    if (clock_.mono() < next) continue;
    housekeeping();
    next = clock_.mono() + kHousekeeping;
  }
}

void Broker::housekeeping() {
  try {
    keep_house();
  } catch (const std::bad_alloc&) {
    log::error("out of memory: housekeeping waits for its next turn");
  }
}

void Broker::keep_house() {
  sessions_->sweep(standing_.get());
  logins_->end_locks();
  tickets_->sweep();
  api_->retry_records();
  access_control_->keep_house();
  watch_threads();
  MonoTime now = clock_.mono();
  if (now - last_heartbeat_ < admin::kTailHeartbeat) return;
  last_heartbeat_ = now;
  if (hub_.followed()) hub_.publish("");
}

void Broker::watch_threads() {
  for (const Watchdog::Finding& finding : watchdog_->check(clock_.mono())) {
    std::string thread = fmt::format("{}", finding.thread);
    log::error(finding.stuck ? "an I/O thread stands still" : "an I/O thread turns again",
               {{"thread", thread}});
    recorder_->event(
        {"watchdog", {{"thread", thread}, {"state", finding.stuck ? "stuck" : "turning"}}});
  }
  // A manager that hears nothing restarts the broker: right when a thread hangs for good.
  if (manager_watches_ && !watchdog_->any_stuck()) notify_alive();
}

}  // namespace sallyport::broker
