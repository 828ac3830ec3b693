#include "protocols/http/service.h"

#include "core/insist.h"
#include "core/log/log.h"
#include "protocols/http/peer.h"

namespace sallyport::http {
namespace {

// Keeps a connection in its thread's list while it is served, and leaves it closed.
class Listed {
 public:
  Listed(ServeThread& thread, AgentConnection& connection)
      : thread_(thread),
        connection_(connection),
        at_(thread.connections.insert(thread.connections.end(), &connection)) {}
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() {
    connection_.abort();
    thread_.connections.erase(at_);
  }

 private:
  ServeThread& thread_;
  AgentConnection& connection_;
  std::list<AgentConnection*>::iterator at_;
};

net::Awaitable<void> answer_wire_error(AgentConnection& connection) {
  const WireError& why = *connection.refusal();
  log::debug("request refused on the wire",
             {{"client", connection.peer_address()}, {"reason", why.detail}});
  connection.end_after_response();
  const Problem problem = problem_for_wire(why.status, why.detail);
  static_cast<void>(co_await respond_with(connection, problem, {}, {}));
}

}  // namespace

HttpService::HttpService(const Services& services, std::shared_ptr<const ListenerConfig> config,
                         ConnectionTimeouts timeouts)
    : services_(services), timeouts_(timeouts), road_(services_), config_(std::move(config)) {
  for (unsigned i = 0; i < services_.runtime.threads(); ++i) {
    const net::Executor executor = services_.runtime.executor(i);
    auto thread = std::make_shared<ServeThread>();
    threads_.emplace_back(executor, thread);
    net::spawn(executor, tick(thread, executor, services_.clock));
  }
}

HttpService::~HttpService() {
  for (const auto& known : threads_) {
    const auto stop = [state = known.second] {
      state->stopped = true;
      state->pool.clear();
    };
    insist([&] { net::post(known.first, stop); });
  }
}

HttpService::Thread HttpService::thread_of(const net::Executor& executor) const {
  for (const auto& [known, thread] : threads_)
    if (known == executor) return thread;
  broken_invariant("a connection came on a thread that is not the runtime's");
}

std::string HttpService::base_domain() const {
  std::lock_guard lock(mutex_);
  return static_cast<const HttpListener&>(*config_).base_domain;
}

net::Awaitable<void> HttpService::tick(Thread thread, net::Executor executor, const Clock& clock) {
  net::Timer timer(executor);
  while (!thread->stopped) {
    try {
      Result<void> slept = co_await timer.sleep_for(kWatchInterval);
      if (!slept || thread->stopped) co_return;
      thread->pool.sweep(clock.mono());
      for (AgentConnection* connection : thread->connections) connection->tick();
    } catch (const std::bad_alloc&) {
      continue;  // the watch goes on when there is memory again
    }
  }
}

net::Awaitable<void> HttpService::serve(std::unique_ptr<net::Stream> stream) {
  const Thread thread = thread_of(stream->executor());
  const auto owner = std::make_shared<AgentConnection>(std::move(stream), thread->buffers,
                                                       timeouts_, services_.clock);
  AgentConnection& connection = *owner;
  const Listed listed(*thread, connection);
  if (thread->draining) connection.drain();
  for (bool going = true; going;) {
    const bool request = co_await connection.next();
    if (!request) {
      if (connection.refusal()) co_await answer_wire_error(connection);
      break;
    }
    co_await road_.travel(*thread, connection, base_domain());
    going = co_await connection.settle();
  }
  co_await connection.close();
}

void HttpService::drain() {
  for (auto& [executor, thread] : threads_) {
    std::function<void()> begin = [state = thread] {
      state->draining = true;
      for (AgentConnection* connection : state->connections) connection->drain();
    };
    net::post(executor, std::move(begin));
  }
}

void HttpService::reconfigure(std::shared_ptr<const ListenerConfig> config) {
  std::lock_guard lock(mutex_);
  config_ = std::move(config);
}

}  // namespace sallyport::http
