#include "tools/admin/ca_api.h"

#include "core/identity/ssh_public_key.h"
#include "core/json_writer.h"

namespace sallyport::admin {
namespace {

net::Awaitable<ApiReply> show(CaParts parts) {
  Result<identity::SshCa::Key> key = co_await parts.ssh.key();
  if (!key) {
    co_return problem(503, "Service Unavailable",
                      "the SSH CA has no key, and none can be made: " + key.error().detail);
  }
  const identity::SshCaKey& ca = **key;
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object()
      .text("ssh_user_ca", ca.public_line("sallyport-user-ca"))
      .text("ssh_user_ca_fingerprint", identity::ssh_fingerprint(ca.public_blob()));
  const std::string tls = parts.tls();
  if (tls.empty()) {
    json.null("tls");
  } else {
    json.text("tls", tls);
  }
  json.end_object();
  co_return reply;
}

}  // namespace

std::vector<Route> ca_routes(const std::optional<CaParts>& parts) {
  Route showing{"GET", "/v1/ca", "getCa", Privilege::kReadCa};
  if (parts) showing.handler = [parts = *parts](const Call&) { return show(parts); };
  return {showing};
}

}  // namespace sallyport::admin
