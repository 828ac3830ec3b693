#include "protocols/http/route.h"

#include "protocols/http/facts.h"

namespace sallyport::http {
namespace {

// The query without the parameter `name`, in whatever spelling; then with it.
std::string with_parameter(std::string_view query, std::string_view name, std::string_view value) {
  std::string out;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto decoded = query_pairs(pair);
    if (decoded.empty() || decoded.front().first == name) continue;
    out.append(pair).append("&");
  }
  return out.append(name).append("=").append(value);
}

}  // namespace

Route find_route(const RequestHead& head, const RequestTarget& target,
                 std::string_view base_domain) {
  Route route;
  if (!base_domain.empty()) {
    const std::string host = host_of(head, target);
    if (host.size() > base_domain.size() + 1 && host.ends_with(base_domain) &&
        host[host.size() - base_domain.size() - 1] == '.') {
      route.target = host.substr(0, host.size() - base_domain.size() - 1);
      route.path = target.path;
      return route;
    }
  }
  const std::string_view path = target.path;
  if (!path.starts_with('/')) return route;  // "*": no target is named
  const std::size_t slash = path.find('/', 1);
  route.prefix = std::string(path.substr(0, slash));
  route.target = route.prefix.substr(1);
  route.path = slash == std::string_view::npos ? "/" : std::string(path.substr(slash));
  return route;
}

std::string upstream_target(std::string_view base_path, const Route& route,
                            const RequestTarget& target, const Credential* credential) {
  if (route.path == "*") return "*";
  std::string out(base_path);
  out.append(route.path);
  if (credential && credential->in_query) {
    out.append("?").append(
        with_parameter(target.query, credential->name, credential->value.view()));
  } else if (target.has_query) {
    out.append("?").append(target.query);
  }
  return out;
}

}  // namespace sallyport::http
