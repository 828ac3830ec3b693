// OpenSSL's context behind TlsContext, for the TLS files of this folder only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "core/net/tls.h"

namespace sallyport::net {

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    free_function(handle);
  }
};

using SslContextHandle = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, Freed<SSL_free>>;

class TlsContext {
 public:
  SslContextHandle context;
  TlsMode mode = TlsMode::kOff;  // of clients
  std::string alpn;              // in wire form (RFC 7301 §3.1)
};

// The reason of OpenSSL's latest error on this thread, for people; empties its queue.
std::string tls_error_text();

}  // namespace sallyport::net
