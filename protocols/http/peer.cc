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

net::Awaitable<Result<void>> respond_with(Exchange& exchange, Problem problem, std::string session,
                                          Fields extra) {
  const std::string body = problem.body();
  ResponseHead head;
  head.status = problem.status;
  head.reason = std::string(reason_phrase(problem.status));
  head.fields = std::move(extra);
  head.fields.add("Content-Type", std::string(kProblemType));
  head.fields.add("Cache-Control", "no-store");
  if (!session.empty()) head.fields.add("Sallyport-Session", std::move(session));
  head.framing = Framing::kLength;
  head.content_length = body.size();
  // HEAD gets the fields alone, and they say what GET would get (RFC 9110 §9.3.2).
  if (exchange.request().method == "HEAD") set_framing(head.fields, head.framing, body.size());
  co_return co_await exchange.respond(std::move(head), Content{body, true});
}

}  // namespace sallyport::http
