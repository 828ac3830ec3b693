#include "protocols/http/module.h"

#include "protocols/http/authority.h"
#include "protocols/http/service.h"
#include "protocols/http/target_settings.h"

namespace sallyport::http {

std::shared_ptr<ListenerConfig> HttpModule::read_listener(config::MapReader& reader) const {
  auto listener = std::make_shared<HttpListener>();
  const std::string domain = reader.text("base_domain");
  if (domain.empty()) return listener;
  std::optional<Authority> parsed = parse_authority(domain);
  if (!parsed || parsed->port) {
    reader.get("base_domain")
        ->problem(reader.problems(),
                  "base_domain is a domain name without a port, e.g. broker.example.com");
    return listener;
  }
  listener->base_domain = std::move(parsed->host);
  return listener;
}

void HttpModule::read_target(config::MapReader& reader, const std::string& directory,
                             Target& target) const {
  read_http_target(reader, directory, target);
}

std::unique_ptr<ProtocolService> HttpModule::make_service(
    const Services& services, std::shared_ptr<const ListenerConfig> config,
    net::Listener::TlsSource) const {
  return std::make_unique<HttpService>(services, std::move(config));
}

}  // namespace sallyport::http
