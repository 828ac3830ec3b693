// The admin interface on its socket and its address: HTTP/1.1, one request after the other per
// connection. Every wait has a deadline and every length a limit. serve() may be called on every
// I/O thread at once.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/net/stream.h"
#include "protocols/http/decoder.h"
#include "tools/admin/api.h"
#include "tools/admin/tail_hub.h"

namespace sallyport::admin {

class Server {
 public:
  // All three outlive it, and it outlives the connections it serves.
  Server(Api& api, TailHub& hub, const Clock& clock) : api_(api), hub_(hub), clock_(clock) {}

  net::Awaitable<void> serve(std::unique_ptr<net::Stream> stream);

 private:
  struct Connection;
  struct Incoming;
  net::Awaitable<bool> serve_one(Connection& connection);
  static std::optional<http::WireError> make_request(const Connection& connection,
                                                     Incoming& incoming, ApiRequest& request);
  net::Awaitable<bool> read_request(Connection& connection, Incoming& incoming);
  net::Awaitable<bool> read_body(Connection& connection, Incoming& incoming);
  net::Awaitable<bool> fill(Connection& connection);
  net::Awaitable<bool> send(Connection& connection, std::string bytes);
  net::Awaitable<bool> answer(Connection& connection, const ApiReply& reply, bool keep,
                              bool head_only);
  net::Awaitable<void> follow(Connection& connection, const ApiRequest& request);

  Api& api_;
  TailHub& hub_;
  const Clock& clock_;
};

}  // namespace sallyport::admin
