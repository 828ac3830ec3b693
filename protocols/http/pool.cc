#include "protocols/http/pool.h"

#include "protocols/http/serve_limits.h"

namespace sallyport::http {
namespace {

bool same_endpoint(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.host == b.host && a.via == b.via && a.tls.mode == b.tls.mode &&
         a.tls.ca_path == b.tls.ca_path && a.tls.alpn == b.tls.alpn;
}

}  // namespace

std::unique_ptr<Upstream> UpstreamPool::take(const Target& target) {
  auto it = idle_.find(target.name);
  if (it == idle_.end()) return nullptr;
  Bucket& bucket = it->second;
  if (!same_endpoint(bucket.endpoint, target.endpoint)) {
    idle_.erase(it);
    return nullptr;
  }
  while (!bucket.connections.empty()) {
    std::unique_ptr<Upstream> upstream = std::move(bucket.connections.back().upstream);
    bucket.connections.pop_back();
    if (upstream->idle_and_open()) return upstream;
  }
  return nullptr;
}

void UpstreamPool::put(const Target& target, std::unique_ptr<Upstream> upstream, MonoTime now) {
  auto [it, inserted] = idle_.try_emplace(target.name);
  Bucket& bucket = it->second;
  if (inserted || !same_endpoint(bucket.endpoint, target.endpoint)) {
    bucket.connections.clear();
    bucket.endpoint = target.endpoint;
  }
  if (bucket.connections.size() >= kIdleUpstreams) bucket.connections.pop_front();
  bucket.connections.push_back({std::move(upstream), now});
}

void UpstreamPool::sweep(MonoTime now) {
  for (auto it = idle_.begin(); it != idle_.end();) {
    std::deque<Idle>& connections = it->second.connections;
    while (!connections.empty() && now - connections.front().since >= kUpstreamIdle)
      connections.pop_front();
    it = connections.empty() ? idle_.erase(it) : std::next(it);
  }
}

std::size_t UpstreamPool::size() const {
  std::size_t total = 0;
  for (const auto& [name, bucket] : idle_) total += bucket.connections.size();
  return total;
}

}  // namespace sallyport::http
