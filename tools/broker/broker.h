// The running broker: the only place that knows all concrete types. Owns every part, joins them by
// their ports, and runs on the thread that called run() (signals, housekeeping) beside the I/O
// threads it starts.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/direct_dialer.h"
#include "core/gate.h"
#include "core/identity/access_control.h"
#include "core/identity/authenticator.h"
#include "core/identity/exchange.h"
#include "core/identity/logins.h"
#include "core/identity/tickets.h"
#include "core/metrics.h"
#include "core/net/listener.h"
#include "core/net/runtime.h"
#include "core/protocol.h"
#include "core/redacting_recorder.h"
#include "core/secrets/secret_source.h"
#include "core/session.h"
#include "storage/store.h"
#include "tools/admin/api.h"
#include "tools/admin/limits.h"
#include "tools/admin/server.h"
#include "tools/admin/tail_hub.h"
#include "tools/admin/tee_recorder.h"
#include "tools/broker/process.h"
#include "tools/broker/sources.h"
#include "tools/broker/standing.h"
#include "tools/broker/startup.h"
#include "tools/broker/watchdog.h"

namespace sallyport::broker {

class Broker {
 public:
  // Opens the store, the keys and every listener; nothing is accepted yet. The error names what
  // cannot be opened and what to do.
  static Result<std::unique_ptr<Broker>> open(Loaded loaded);
  ~Broker();

  // Serves until SIGTERM (drains) or SIGINT (stops), then closes everything in order.
  void run();

 private:
  explicit Broker(Loaded loaded);
  Result<void> open_store();
  Result<void> redact_by(const config::Config& config);
  Result<void> open_parts();
  Result<void> open_listeners();
  Result<void> open_admin();
  Result<void> listen_for_people(const std::string& address, net::ConnectionBudget& budget,
                                 net::Listener::TlsSource tls);
  Result<void> prepare_targets(const config::Config& config);
  Services services();

  void announce();
  void warn_of_missing_secrets() const;
  void housekeeping();
  void keep_house();
  void watch_threads();

  // exchange.cc
  Result<void> restore_tickets();
  void make_exchange();
  void note_certificate();

  // reload.cc
  void try_reload();
  void reload();
  void reject(const config::Problems& problems);
  void apply(Loaded loaded);
  void record_load(const Loaded& before, const Loaded& after, const std::string& by);

  // key_change.cc
  Result<bool> change_key(const config::Config& next);
  void begin_rotation();
  void finish_earlier_rotation();

  // shutdown.cc
  void shut_down(bool drain);
  bool wait_for_connections(std::chrono::milliseconds most, bool interruptible);

  // One protocol's listener with all that belongs to it.
  struct Door {
    const ProtocolModule* module = nullptr;
    std::string key;
    std::unique_ptr<Swapped<net::TlsContext>> tls;  // outlives those who ask it
    std::unique_ptr<ProtocolService> service;
    std::unique_ptr<net::Listener> listener;
  };

  const SystemClock clock_;
  Metrics metrics_;
  Loaded loaded_;
  SwappedConfig config_;
  SwappedPolicy policy_;
  admin::TailHub hub_;
  std::atomic<bool> draining_{false};
  net::ConnectionBudget connections_;
  // Each its own, so that strangers on the address cannot keep people off the socket.
  net::ConnectionBudget socket_connections_;
  net::ConnectionBudget address_connections_;
  // Before all that has streams or timers on its threads, so that it is destroyed after them.
  std::unique_ptr<net::Runtime> runtime_;
  net::WorkerPool readers_{1, admin::kStoreReadings};
  std::unique_ptr<storage::SqliteStore> store_;
  std::unique_ptr<admin::TeeRecorder> tee_;
  std::unique_ptr<RedactingRecorder> recorder_;  // what all parts record with
  std::unique_ptr<secrets::SecretSource> secrets_;
  std::unique_ptr<identity::Authenticator> authenticator_;
  std::unique_ptr<identity::AccessBook> access_;
  std::unique_ptr<identity::TicketBook> tickets_;
  std::unique_ptr<identity::Logins> logins_;
  std::unique_ptr<identity::SshCa> ssh_ca_;
  Swapped<std::string> tls_certificate_;  // in PEM: what `ca show` prints
  std::unique_ptr<identity::TokenExchange> exchange_;
  std::unique_ptr<SessionRegistry> sessions_;
  std::unique_ptr<identity::AccessControl> access_control_;
  std::unique_ptr<BrokerStanding> standing_;
  std::unique_ptr<Gate> gate_;
  DirectDialer dialer_;
  std::vector<Door> doors_;
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<admin::Server> admin_;
  Swapped<net::TlsContext> admin_tls_;
  std::vector<std::unique_ptr<net::Listener>> admin_listeners_;
  std::unique_ptr<Watchdog> watchdog_;
  const bool manager_watches_ = manager_expects_life();
  MonoTime last_heartbeat_{};
};

}  // namespace sallyport::broker
