#include "core/net/listening_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/net/address.h"
#include "core/net/limits.h"

namespace sallyport::net {
namespace {

Error failed(const std::string& what, const std::string& address) {
  return {ErrorCode::kUnavailable,
          "cannot " + what + " " + address + ": " + std::generic_category().message(errno)};
}

Fd make_socket(int family) {
  return Fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Result<Fd> open_tcp(const SocketAddress& address, bool shared) {
  const std::string name = to_string(address);
  Fd fd = make_socket(address.family());
  if (fd.get() < 0) return failed("make a socket for", name);
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return failed("share the port of", name);
  if (::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return failed("listen on", name);
  return fd;
}

Result<ListeningSockets> open_tcp_sockets(SocketAddress address, unsigned count) {
  ListeningSockets out;
  for (unsigned i = 0; i < count; ++i) {
    auto fd = open_tcp(address, count > 1);
    if (!fd) return fd.error();
    // The port the system chose for port 0 is the one the others share.
    if (i == 0) {
      address.size = sizeof address.storage;
      if (::getsockname(fd->get(), address.get(), &address.size) != 0)
        return failed("read the address of", to_string(address));
    }
    out.sockets.push_back(std::move(*fd));
  }
  out.address = to_string(address);
  return out;
}

// A socket file whose listener has died refuses connections; a live one takes them or lets them
// wait.
bool nobody_listens(const SocketAddress& address, const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  Fd probe = make_socket(AF_UNIX);
  return probe.get() >= 0 && ::connect(probe.get(), address.get(), address.size) != 0 &&
         errno == ECONNREFUSED;
}

Result<ListeningSockets> open_unix_socket(const std::string& path, unsigned mode) {
  auto address = unix_address(path);
  if (!address) return address.error();
  Fd fd = make_socket(AF_UNIX);
  if (fd.get() < 0) return failed("make a socket for", path);
  int bound = ::bind(fd.get(), address->get(), address->size);
  if (bound != 0 && errno == EADDRINUSE && nobody_listens(*address, path)) {
    ::unlink(path.c_str());
    bound = ::bind(fd.get(), address->get(), address->size);
  }
  if (bound != 0) return failed("listen on", path);
  ListeningSockets out;
  out.path = path;
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    out.device = status.st_dev;
    out.inode = status.st_ino;
  }
  // Before listen(), which is what lets anyone in: there is no moment with a wider mode.
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    Error error = failed("listen on", path);
    out.unlink_path();
    return error;
  }
  out.sockets.push_back(std::move(fd));
  out.address = "unix:" + path;
  return out;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

void ListeningSockets::unlink_path() const {
  struct stat status {};
  if (!path.empty() && ::lstat(path.c_str(), &status) == 0 && status.st_dev == device &&
      status.st_ino == inode)
    ::unlink(path.c_str());
}

Result<ListeningSockets> open_listening_sockets(const ListenerSettings& settings, unsigned count) {
  if (auto path = unix_path(settings.address)) return open_unix_socket(*path, settings.unix_mode);
  auto parts = split_host_port(settings.address);
  auto address = parts ? numeric_address(parts->first, parts->second) : std::nullopt;
  if (!address)
    return Error{ErrorCode::kInvalid, "cannot listen on \"" + settings.address +
                                          "\": an address and a port are needed, as in "
                                          "127.0.0.1:8080 or [::1]:8080, or unix:PATH"};
  return open_tcp_sockets(*address, count);
}

}  // namespace sallyport::net
