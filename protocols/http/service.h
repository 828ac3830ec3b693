// The HTTP listener's service: serves each connection on the thread that accepted it. See
// ProtocolService for who may call what.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/protocol.h"
#include "protocols/http/road.h"
#include "protocols/http/serve_thread.h"

namespace sallyport::http {

struct HttpListener final : ListenerConfig {
  std::string base_domain;  // lower case; empty: targets are chosen by the path alone
};

class HttpService final : public ProtocolService {
 public:
  HttpService(const Services& services, std::shared_ptr<const ListenerConfig> config,
              ConnectionTimeouts timeouts = {});
  ~HttpService() override;

  net::Awaitable<void> serve(std::unique_ptr<net::Stream> stream) override;
  void drain() override;
  void reconfigure(std::shared_ptr<const ListenerConfig> config) override;

 private:
  // Shared with the coroutines of its thread, which may outlive the service by a moment.
  using Thread = std::shared_ptr<ServeThread>;

  Thread thread_of(const net::Executor& executor) const;
  std::string base_domain() const;
  static net::Awaitable<void> tick(Thread thread, net::Executor executor, const Clock& clock);

  const Services services_;
  const ConnectionTimeouts timeouts_;
  Road road_;
  std::vector<std::pair<net::Executor, Thread>> threads_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ListenerConfig> config_;
};

}  // namespace sallyport::http
