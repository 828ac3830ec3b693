// Finds the route of a request and reads what it brings. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/http/decoder.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

struct ApiRequest {
  std::string method;
  std::string path;  // normalised, without the query
  std::string query;
  std::string content_type;
  std::string authorization;
  std::string body;
  std::string peer;             // for the record
  std::optional<unsigned> uid;  // of the socket's peer; nothing on the address
};

// Puts path and query of a request target (RFC 9112 §3.2) into the request; why not, when the
// target is no such thing or a path that two readers could take for different ones.
std::optional<http::WireError> read_target(std::string_view target, ApiRequest& request);

struct Found {
  const Route* route = nullptr;
  Values captures;
  std::string allow;  // the methods of this path when it has none for the request's
};

class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Of several patterns that fit, the one with the fewest captures.
  Found find(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// The values of query and body, added to the path's. The error says for people what is wrong with
// the request; it never quotes a body.
Result<Values> read_values(const Route& route, const ApiRequest& request, Values captures);

}  // namespace sallyport::admin
