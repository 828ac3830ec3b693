// The PostgreSQL listener's service: serves each connection on the thread that it was handed to.
// See ProtocolService for who may call what.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "core/protocol.h"
#include "protocols/postgres/agent_opening.h"
#include "protocols/postgres/cancel_map.h"
#include "protocols/postgres/classifier.h"
#include "protocols/postgres/judge.h"
#include "protocols/postgres/login_road.h"
#include "protocols/postgres/relay.h"

namespace sallyport::postgres {

struct PostgresListener final : ListenerConfig {
  bool allow_plaintext_loopback = false;
};

// What the connections of one I/O thread share. Used on that thread only.
struct ServeThread {
  std::list<Relay*> relays;
  std::unique_ptr<ClassifierSource> statements;
  bool draining = false;
};

class PostgresService final : public ProtocolService {
 public:
  // `make_classifiers` is called once per thread.
  using MakeClassifiers = std::function<std::unique_ptr<ClassifierSource>()>;
  PostgresService(const Services& services, std::shared_ptr<const ListenerConfig> config,
                  net::Listener::TlsSource tls, const MakeClassifiers& make_classifiers);

  net::Awaitable<void> serve(std::unique_ptr<net::Stream> stream) override;
  void drain() override;
  void reconfigure(std::shared_ptr<const ListenerConfig> config) override;

 private:
  // Shared with the connections of its thread, which may outlive the service by a moment.
  using Thread = std::shared_ptr<ServeThread>;

  Thread thread_of(const net::Executor& executor) const;
  std::shared_ptr<const ListenerConfig> config() const;
  net::Awaitable<void> begin(AgentOpening& opening);
  net::Awaitable<void> cancel(AgentOpening& opening, CancelKey key);
  net::Awaitable<void> cancel_at(const Target& target, CancelKey key);
  net::Awaitable<void> log_in(AgentOpening& opening, StartupPacket packet);
  net::Awaitable<void> work(AgentOpening& opening, LoggedIn logged_in, std::uint32_t version);
  static net::Awaitable<void> tell(net::Stream& stream, ErrorFields fields);

  const Services services_;
  const net::Listener::TlsSource tls_;
  TargetRoad target_;
  LoginRoad road_;
  CancelMap running_;
  net::WorkerPool workers_{kReadingThreads, kWaitingUnits};
  CatalogKeeper catalogs_{services_, target_, workers_};
  const Readers readers_{catalogs_, workers_, services_.clock};
  std::vector<std::pair<net::Executor, Thread>> threads_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ListenerConfig> config_;
};

}  // namespace sallyport::postgres
