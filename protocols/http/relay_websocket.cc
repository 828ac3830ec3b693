// A request that became a WebSocket.
#include "protocols/http/record_head.h"
#include "protocols/http/relay.h"
#include "protocols/http/websocket_handshake.h"
#include "protocols/http/websocket_tunnel.h"

namespace sallyport::http {

net::Awaitable<bool> Relay::switch_to_websocket(ResponseHead head) {
  const RequestHead& request = exchange_.request();
  Result<void> right = check_websocket_answer(request, head);
  if (!right) co_return fail(Side::kTarget, right.error());
  status_ = std::to_string(head.status);
  screen_head(screen_, head, masked_);
  fields_for_agent(head);
  // Whatever a mask may have seen in it: it was checked, and says nothing but this.
  head.fields.set("Sec-WebSocket-Accept",
                  websocket_accept(*request.fields.find("Sec-WebSocket-Key")));
  add_websocket_upgrade(head.fields);
  if (keeps_heads()) {
    const std::string kept = response_record(head);
    const bool recorded = co_await record_head("response.head", kept);
    if (!recorded) co_return false;
  }
  Result<void> switched = co_await exchange_.switch_protocols(std::move(head));
  if (!switched) co_return fail(Side::kAgent, switched.error());

  const WebSocketTunnel::Parts parts{shared_from_this(),
                                     exchange_,
                                     *connection_,
                                     admitted_.permit,
                                     screen_,
                                     admitted_.permit.payloads(),
                                     settings_.timeouts.websocket};
  const auto tunnel = std::make_shared<WebSocketTunnel>(parts);
  const WebSocketEnd end = co_await tunnel->run();
  // The session was in use until now.
  session_.touch(services_.clock.mono());
  bytes_in_ += end.bytes_in;
  bytes_out_ += end.bytes_out;
  masked_ += end.masked;
  if (end.failure) {
    using By = WebSocketEnd::By;
    const By by = end.failure->by;
    fail(by == By::kAgent    ? Side::kAgent
         : by == By::kTarget ? Side::kTarget
                             : Side::kBroker,
         end.failure->error);
  }
  // Nothing is left to be answered.
  co_return true;
}

}  // namespace sallyport::http
