#include "protocols/http/peer.h"

#include "protocols/http/encoder.h"

namespace sallyport::http {

std::string client_ip(std::string_view peer_address) {
  if (peer_address.starts_with('[')) {
    const std::size_t end = peer_address.find(']');
    return std::string(peer_address.substr(1, end == std::string_view::npos ? end : end - 1));
  }
  return std::string(peer_address.substr(0, peer_address.rfind(':')));
}

std::string_view host_field(const RequestHead& head) {
  const std::string* host = head.fields.find("Host");
  return host ? std::string_view(*host) : std::string_view();
}

net::Awaitable<Result<void>> respond_document(Exchange& exchange, int status, std::string_view type,
                                              std::string body, Fields extra) {
  ResponseHead head;
  head.status = status;
  head.reason = std::string(reason_phrase(status));
  head.fields = std::move(extra);
  head.fields.add("Content-Type", std::string(type));
  if (head.fields.count("Cache-Control") == 0) head.fields.add("Cache-Control", "no-store");
  head.framing = Framing::kLength;
  head.content_length = body.size();
  // HEAD gets the fields alone, and they say what GET would get (RFC 9110 §9.3.2).
  if (exchange.request().method == "HEAD") set_framing(head.fields, head.framing, body.size());
  co_return co_await exchange.respond(std::move(head), Content{body, true});
}

net::Awaitable<Result<void>> respond_with(Exchange& exchange, Problem problem, std::string session,
                                          Fields extra) {
  if (!session.empty()) extra.add("Sallyport-Session", std::move(session));
  std::string body = problem.body();
  co_return co_await respond_document(exchange, problem.status, kProblemType, std::move(body),
                                      std::move(extra));
}

}  // namespace sallyport::http
