#include "core/direct_dialer.h"

#include <sys/stat.h>

#include <map>
#include <mutex>

#include "core/net/connect.h"
#include "core/net/limits.h"
#include "core/net/tls.h"

namespace sallyport {
namespace {

using Context = std::shared_ptr<const net::TlsContext>;  // shared with the connections that use it

std::string name_of(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Error at(const Endpoint& endpoint, const Error& error) {
  return {error.code, name_of(endpoint) + ": " + error.detail};
}

// Settings that make the same context have the same key. A CA file that was replaced is another
// one.
std::string key_of(const net::TlsClientSettings& settings) {
  std::string key = std::to_string(static_cast<int>(settings.mode));
  for (const std::string& path : {settings.ca_path, settings.certificate_path, settings.key_path}) {
    struct stat status {};
    key += '\0' + path;
    if (!path.empty() && ::stat(path.c_str(), &status) == 0)
      key += '\0' + std::to_string(status.st_ino) + ',' + std::to_string(status.st_size) + ',' +
             std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec);
  }
  for (const auto& protocol : settings.alpn) key += '\0' + protocol;
  return key;
}

// For protocols that have nothing to say before the agent: TLS from the first byte, or none.
class TlsAtOnce final : public Greeting {
 public:
  explicit TlsAtOnce(const Endpoint& endpoint) : endpoint_(endpoint) {}
  net::Awaitable<Result<std::unique_ptr<net::Stream>>> greet(
      std::unique_ptr<net::Stream> stream, std::shared_ptr<const net::TlsContext> tls) override {
    if (tls == nullptr) co_return stream;
    co_return co_await net::tls_connect(std::move(stream), std::move(tls), endpoint_.host);
  }

 private:
  const Endpoint& endpoint_;
};

}  // namespace

struct DirectDialer::Impl {
  std::mutex mutex;
  std::map<std::string, Context> contexts;

  // Null: without TLS.
  Result<Context> wanted(const Endpoint& endpoint);

  Result<Context> context(const net::TlsClientSettings& settings) {
    const std::string key = key_of(settings);
    std::lock_guard lock(mutex);
    if (auto found = contexts.find(key); found != contexts.end()) return found->second;
    auto made = net::make_client_context(settings);
    if (!made) return made;
    if (contexts.size() >= net::kClientContexts) contexts.clear();
    contexts[key] = *made;
    return made;
  }
};

DirectDialer::DirectDialer() : impl_(std::make_unique<Impl>()) {}
DirectDialer::~DirectDialer() = default;

Result<void> DirectDialer::prepare(const Endpoint& endpoint) {
  if (endpoint.tls.mode == net::TlsMode::kOff) return {};
  auto context = impl_->context(endpoint.tls);
  if (!context) return context.error();
  return {};
}

Result<Context> DirectDialer::Impl::wanted(const Endpoint& endpoint) {
  if (!endpoint.via.empty())
    return Error{ErrorCode::kUnsupported,
                 "only reachable through the connector " + endpoint.via + ", and there is none"};
  if (endpoint.tls.mode == net::TlsMode::kOff) return Context();
  return context(endpoint.tls);
}

net::Awaitable<Result<std::unique_ptr<Upstream>>> DirectDialer::dial(const Endpoint& endpoint,
                                                                     MonoTime deadline) {
  TlsAtOnce at_once(endpoint);
  co_return co_await dial(endpoint, deadline, at_once);
}

net::Awaitable<Result<std::unique_ptr<Upstream>>> DirectDialer::dial(const Endpoint& endpoint,
                                                                     MonoTime deadline,
                                                                     Greeting& greeting) {
  Result<Context> context = impl_->wanted(endpoint);
  if (!context) co_return at(endpoint, context.error());
  auto stream = co_await net::connect_tcp(endpoint.host, endpoint.port, deadline);
  if (!stream) co_return at(endpoint, stream.error());
  (*stream)->set_read_deadline(deadline);
  (*stream)->set_write_deadline(deadline);
  auto greeted = co_await greeting.greet(std::move(*stream), std::move(*context));
  if (!greeted) co_return at(endpoint, greeted.error());
  (*greeted)->set_read_deadline(std::nullopt);
  (*greeted)->set_write_deadline(std::nullopt);
  co_return std::make_unique<Upstream>(std::move(*greeted), greeting.own_words());
}

}  // namespace sallyport
