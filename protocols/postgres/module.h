// PostgreSQL as the rest of the broker sees it: the one entry for it in the list of protocols.
#pragma once

#include "core/protocol.h"

namespace sallyport::postgres {

class PostgresModule final : public ProtocolModule {
 public:
  std::string_view listener_key() const override { return "postgres"; }
  std::string_view target_protocol() const override { return "postgres"; }
  std::vector<std::string> alpn() const override { return {"postgresql"}; }
  // Few long connections: one acceptor hands each to the least loaded thread.
  bool acceptor_per_thread() const override { return false; }
  bool secures_streams_itself() const override { return true; }
  std::shared_ptr<ListenerConfig> read_listener(config::MapReader& reader) const override;
  void read_target(config::MapReader& reader, const std::string& directory,
                   Target& target) const override;
  Result<void> self_test() const override;
  std::unique_ptr<ProtocolService> make_service(const Services& services,
                                                std::shared_ptr<const ListenerConfig> config,
                                                net::Listener::TlsSource tls) const override;
};

}  // namespace sallyport::postgres
