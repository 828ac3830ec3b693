// HTTP as the rest of the broker sees it: the one entry for it in the list of protocols.
#pragma once

#include "core/protocol.h"

namespace sallyport::http {

class HttpModule final : public ProtocolModule {
 public:
  std::string_view listener_key() const override { return "http"; }
  std::string_view target_protocol() const override { return "http"; }
  std::vector<std::string> alpn() const override { return {"http/1.1"}; }
  bool acceptor_per_thread() const override { return true; }
  std::shared_ptr<ListenerConfig> read_listener(config::MapReader& reader) const override;
  void read_target(config::MapReader& reader, const std::string& directory,
                   Target& target) const override;
  std::unique_ptr<ProtocolService> make_service(const Services& services,
                                                std::shared_ptr<const ListenerConfig> config,
                                                net::Listener::TlsSource tls) const override;
};

}  // namespace sallyport::http
