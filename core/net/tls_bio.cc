#include "core/net/tls_bio.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sallyport::net {
namespace {

TlsBuffers& buffers_of(BIO* bio) { return *static_cast<TlsBuffers*>(BIO_get_data(bio)); }

int read_input(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  TlsBuffers& buffers = buffers_of(bio);
  std::size_t n =
      std::min(buffers.end - buffers.begin, static_cast<std::size_t>(std::max(size, 0)));
  if (n == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(into, buffers.input.data() + buffers.begin, n);
  buffers.begin += n;
  return static_cast<int>(n);
}

int write_output(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  // No exception may pass through OpenSSL.
  try {
    buffers_of(bio).output.append(from, static_cast<std::size_t>(std::max(size, 0)));
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return size;
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sallyport stream");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read(method, read_input);
  BIO_meth_set_write(method, write_output);
  BIO_meth_set_ctrl(method, control);
  BIO_meth_set_create(method, create);
  return method;
}

}  // namespace

BIO* make_tls_bio(TlsBuffers& buffers) {
  // A table of functions, made once and never changed; OpenSSL keeps pointers to it.
  static BIO_METHOD* const method = make_method();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio != nullptr) BIO_set_data(bio, &buffers);
  return bio;
}

}  // namespace sallyport::net
