// What clients should trust: the broker's SSH user CA, whose key is sealed in the store, and the
// certificate behind its TLS listeners. For the broker, and for `ca show` without one.
#pragma once

#include <memory>
#include <string>

#include "core/config/config.h"
#include "core/identity/ssh_ca.h"
#include "storage/vault.h"

namespace sallyport::broker {

// `vault` outlives it.
std::unique_ptr<identity::SshCa> make_ssh_ca(storage::Vault& vault);

// The last certificate of the chain in PEM; empty without `tls`, or when it cannot be read.
// Blocking.
std::string trusted_certificate(const config::Config& config);

}  // namespace sallyport::broker
