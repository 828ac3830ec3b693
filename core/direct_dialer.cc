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
  std::string key = std::to_string(static_cast<int>(settings.mode)) + '\0' + settings.ca_path;
  struct stat status {};
  if (!settings.ca_path.empty() && ::stat(settings.ca_path.c_str(), &status) == 0)
    key += '\0' + std::to_string(status.st_ino) + ',' + std::to_string(status.st_size) + ',' +
           std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec);
  for (const auto& protocol : settings.alpn) key += '\0' + protocol;
  return key;
}

}  // namespace

struct DirectDialer::Impl {
  std::mutex mutex;
  std::map<std::string, Context> contexts;

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

net::Awaitable<Result<std::unique_ptr<Upstream>>> DirectDialer::dial(const Endpoint& endpoint,
                                                                     MonoTime deadline) {
  if (!endpoint.via.empty())
    co_return Error{ErrorCode::kUnsupported, name_of(endpoint) +
                                                 ": only reachable through the connector " +
                                                 endpoint.via + ", and there is none"};
  Context context;
  if (endpoint.tls.mode != net::TlsMode::kOff) {
    auto found = impl_->context(endpoint.tls);
    if (!found) co_return at(endpoint, found.error());
    context = *found;
  }
  auto stream = co_await net::connect_tcp(endpoint.host, endpoint.port, deadline);
  if (!stream) co_return at(endpoint, stream.error());
  if (context) {
    (*stream)->set_read_deadline(deadline);
    (*stream)->set_write_deadline(deadline);
    auto secured = co_await net::tls_connect(std::move(*stream), context, endpoint.host);
    if (!secured) co_return at(endpoint, secured.error());
    stream = std::move(secured);
    (*stream)->set_read_deadline(std::nullopt);
    (*stream)->set_write_deadline(std::nullopt);
  }
  co_return std::make_unique<Upstream>(std::move(*stream));
}

}  // namespace sallyport
