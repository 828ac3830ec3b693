// What the admin interface answers, independent of how a request came in: the same for the socket
// and the address. /healthz, /readyz and /metrics need no identity; everything under /v1 does, and
// each such call is recorded with who made it. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/identity/authenticator.h"
#include "core/metrics.h"
#include "core/recorder.h"
#include "core/session.h"
#include "tools/admin/access.h"

namespace sallyport::admin {

// What the interface works on: borrowed, and alive as long as it.
struct ApiParts {
  SessionRegistry& sessions;
  Recorder& recorder;
  const identity::Authenticator& authenticator;
  Metrics& metrics;
  std::function<std::vector<config::AdminUser>()> users;  // those in force
  std::function<bool()> draining;
  std::function<std::size_t()> connections;
};

struct ApiRequest {
  std::string method;
  std::string path;  // without the query
  std::string authorization;
  std::string body;
  std::string peer;             // for the record
  std::optional<unsigned> uid;  // of the socket's peer; nothing on the address
};

struct ApiReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  bool tail = false;  // in place of a body: the live tail follows
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(std::move(parts)) {}
  ApiReply handle(const ApiRequest& request) const;

 private:
  ApiReply health() const;
  ApiReply readiness() const;
  ApiReply metrics() const;
  ApiReply live_sessions() const;
  ApiReply one_session(std::string_view id) const;
  ApiReply kill(std::string_view id, const ApiRequest& request) const;
  ApiReply privileged(const ApiRequest& request) const;
  ApiReply route(const ApiRequest& request, Privilege privilege) const;
  std::optional<Caller> identify(const ApiRequest& request) const;
  void record(const ApiRequest& request, const Caller& caller, const ApiReply& reply) const;

  const ApiParts parts_;
};

// A problem document (RFC 9457).
ApiReply problem(int status, std::string_view title, std::string_view detail);

}  // namespace sallyport::admin
