// TLS by OpenSSL, 1.2 and newer, for listeners and toward targets. A context is immutable and
// shared by all threads; a reload makes a new one. Nothing of OpenSSL shows here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/net/stream.h"

namespace sallyport::net {

class TlsContext;  // shared by the listener and each connection that was accepted with it

struct TlsServerSettings {
  std::string certificate_path;   // PEM, leaf first
  std::string key_path;           // PEM, not readable by others
  std::vector<std::string> alpn;  // in order of preference, e.g. {"http/1.1"}
};

// How far a target's certificate is checked.
enum class TlsMode { kOff, kVerifyFull, kVerifyCa, kRequire };

struct TlsClientSettings {
  TlsMode mode = TlsMode::kVerifyFull;
  std::string ca_path;  // PEM bundle; empty: the system's store
  std::vector<std::string> alpn;
  // What we show a target that asks who we are: PEM, leaf first, and its key; both or neither.
  std::string certificate_path;
  std::string key_path;
};

Result<std::shared_ptr<const TlsContext>> make_server_context(const TlsServerSettings& settings);
Result<std::shared_ptr<const TlsContext>> make_client_context(const TlsClientSettings& settings);

// Both handshakes run under the stream's deadlines, which the caller sets before. `server_name` is
// a DNS name or an IP address: sent as SNI (names only) and held against the certificate.
Awaitable<Result<std::unique_ptr<Stream>>> tls_accept(std::unique_ptr<Stream> plain,
                                                      std::shared_ptr<const TlsContext> context);
Awaitable<Result<std::unique_ptr<Stream>>> tls_connect(std::unique_ptr<Stream> plain,
                                                       std::shared_ptr<const TlsContext> context,
                                                       std::string server_name);

}  // namespace sallyport::net
