// The `tls:` block of a target, the same for every protocol: read by protocol modules from
// read_target.
#pragma once

#include <optional>
#include <string>

#include "core/config/yaml.h"
#include "core/net/tls.h"

namespace sallyport::config {

// `tls: {mode: verify-full | verify-ca | require | off, ca: PATH, certificate: PATH, key: PATH}`.
// Nothing when the target has no such block: the module knows the protocol's default, which must be
// verify-full wherever TLS is possible. `alpn` is left to the module.
std::optional<net::TlsClientSettings> read_client_tls(MapReader& target,
                                                      const std::string& directory);

}  // namespace sallyport::config
