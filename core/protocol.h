// What a protocol module is to the rest of the broker. A new protocol is one folder under
// protocols/ that implements this, and one line in the explicit list in tools/.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/config/yaml.h"
#include "core/gate.h"
#include "core/net/listener.h"
#include "core/session.h"
#include "core/target.h"
#include "core/upstream.h"

namespace sallyport {

namespace identity {
class Logins;
class TokenExchange;
}  // namespace identity
namespace secrets {
class SecretSource;
}
class Metrics;

// What every listener of `listen:` has; a module may derive from it for keys of its own.
struct ListenerConfig {
  virtual ~ListenerConfig() = default;
  std::string address;
  bool tls = false;
};

// The targets in force, by name. A reload swaps them as a whole. Thread-safe.
class TargetSource {
 public:
  virtual ~TargetSource() = default;
  virtual std::shared_ptr<const Target> find(std::string_view name) const = 0;
  virtual std::vector<std::shared_ptr<const Target>> all() const = 0;
};

// What a module works with: borrowed, and alive as long as the service.
struct Services {
  net::Runtime& runtime;
  const Clock& clock;
  identity::Logins& logins;
  identity::TokenExchange& exchange;
  const TargetSource& targets;
  SessionRegistry& sessions;
  Recorder& recorder;
  Gate& gate;
  Dialer& dialer;
  Metrics& metrics;
  secrets::SecretSource& secrets;
};

// One running listener's protocol: serves each connection to its end. serve() may be called on
// every I/O thread at once.
class ProtocolService {
 public:
  virtual ~ProtocolService() = default;
  virtual net::Awaitable<void> serve(std::unique_ptr<net::Stream> stream) = 0;
  // No new commands: idle connections close, busy ones after what they are doing. Any thread.
  virtual void drain() = 0;
  // A reload that keeps the listener but changes its other keys.
  virtual void reconfigure(std::shared_ptr<const ListenerConfig> config) = 0;
};

class ProtocolModule {
 public:
  virtual ~ProtocolModule() = default;
  virtual std::string_view listener_key() const = 0;     // key under `listen:`
  virtual std::string_view target_protocol() const = 0;  // `protocol:` of its targets
  virtual std::vector<std::string> alpn() const = 0;
  virtual bool acceptor_per_thread() const = 0;
  // True where TLS begins after bytes of the protocol's own (PostgreSQL's SSLRequest): the service
  // gets plain streams and secures them itself.
  virtual bool secures_streams_itself() const { return false; }

  // Read the keys that are the protocol's own and leave the rest alone; problems go to the reader.
  // `directory` resolves relative paths. `address` and `tls` of a listener are read and filled in
  // by the configuration; `name`, `protocol`, `audit` and `via` of a target likewise.
  virtual std::shared_ptr<ListenerConfig> read_listener(config::MapReader& reader) const = 0;
  // Fills target.endpoint and target.settings.
  virtual void read_target(config::MapReader& reader, const std::string& directory,
                           Target& target) const = 0;

  // Whether the libraries that the module stands on are what it was built with; asked once, before
  // its service is made.
  virtual Result<void> self_test() const { return {}; }
  // `tls` gives the listener's context in force, null with `tls: off`.
  virtual std::unique_ptr<ProtocolService> make_service(
      const Services& services, std::shared_ptr<const ListenerConfig> config,
      net::Listener::TlsSource tls) const = 0;
};

}  // namespace sallyport
