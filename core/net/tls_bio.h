// The two buffers between OpenSSL and a Stream, and the BIO that OpenSSL reads and writes them
// through: OpenSSL never touches a socket, so TLS runs over any Stream.
#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <string>
#include <vector>

namespace sallyport::net {

struct TlsBuffers {
  std::vector<std::byte> input;  // bytes [begin, end) are not yet read by OpenSSL
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string output;  // encrypted, not yet sent
};

// A BIO over `buffers`, which must outlive it; null when out of memory. Reading asks for more by
// "retry"; writing always succeeds.
BIO* make_tls_bio(TlsBuffers& buffers);

}  // namespace sallyport::net
