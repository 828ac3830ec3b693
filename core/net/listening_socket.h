// Opens the sockets a Listener accepts on.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/net/listener.h"

namespace sallyport::net {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

struct ListeningSockets {
  std::vector<Fd> sockets;  // one, or one per thread on the same port
  std::string address;      // with the real port
  // Of a Unix socket's file, so that only our own is removed at the end.
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;

  void unlink_path() const;
};

// `count` sockets with SO_REUSEPORT when greater than one; a Unix socket is always one.
Result<ListeningSockets> open_listening_sockets(const ListenerSettings& settings, unsigned count);

}  // namespace sallyport::net
