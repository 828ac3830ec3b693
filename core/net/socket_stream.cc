#include "core/net/socket_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/net/flow.h"
#include "core/net/limits.h"

namespace sallyport::net {
namespace {

Error closed_by(int error_number) {
  return {ErrorCode::kClosed, std::generic_category().message(error_number)};
}

bool would_block(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK; }

// How far a gather write has come.
struct Progress {
  std::size_t part = 0;
  std::size_t offset = 0;

  void advance(std::span<const std::span<const std::byte>> parts, std::size_t sent) {
    while (part < parts.size() && sent >= parts[part].size() - offset) {
      sent -= parts[part].size() - offset;
      offset = 0;
      ++part;
    }
    offset += sent;
  }
};

// Sends as much as the socket takes now. 0: all of it; else errno, EAGAIN when it is full.
int send_now(int fd, std::span<const std::span<const std::byte>> parts, Progress& progress) {
  for (;;) {
    progress.advance(parts, 0);
    if (progress.part == parts.size()) return 0;
    std::array<iovec, kGather> vectors;
    std::size_t used = 0;
    std::size_t offset = progress.offset;
    for (std::size_t i = progress.part; i < parts.size() && used < vectors.size(); ++i) {
      auto rest = parts[i].subspan(offset);
      offset = 0;
      if (rest.empty()) continue;
      // sendmsg reads only, but iovec knows no const.
      vectors[used++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = used;
    ssize_t sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      progress.advance(parts, static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      return errno;
    }
  }
}

}  // namespace

class SocketStream::Core : public std::enable_shared_from_this<SocketStream::Core> {
 public:
  struct Direction {
    std::optional<MonoTime> deadline;
    bool waiting = false;
  };

  explicit Core(Executor executor) : descriptor(executor), timer_(executor) {}

  // Why no operation of this direction may go on, if so.
  std::optional<Error> refusal(const Direction& direction) const {
    if (closed) return Error{ErrorCode::kClosed, "the connection was closed"};
    if (direction.deadline && std::chrono::steady_clock::now() >= *direction.deadline)
      return Error{ErrorCode::kTimeout, "the deadline passed"};
    return std::nullopt;
  }

  void begin_wait(Direction& direction) {
    direction.waiting = true;
    turn = 0;
    arm();
  }

  void set_deadline(Direction& direction, std::optional<MonoTime> at) {
    direction.deadline = at;
    if (direction.waiting) arm();
  }

  void close() {
    if (closed) return;
    closed = true;
    asio::error_code ignored;
    descriptor.close(ignored);
    timer_.cancel();
  }

  Descriptor descriptor;
  Direction read;
  Direction write;
  bool closed = false;
  unsigned turn = 0;  // operations since the last one that had to wait

 private:
  // A deadline that moves later costs nothing: the timer goes off at the old time and looks again.
  void arm() {
    std::optional<MonoTime> earliest;
    for (const Direction* d : {&read, &write})
      if (d->waiting && d->deadline && (!earliest || *d->deadline < *earliest))
        earliest = d->deadline;
    if (!earliest || (armed_ && *armed_ <= *earliest)) return;
    armed_.reset();
    timer_.expires_at(*earliest);
    timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
      auto core = weak.lock();
      if (core && !error) core->look();
    });
    armed_ = earliest;
  }

  void look() {
    armed_.reset();
    if (closed) return;
    const MonoTime now = std::chrono::steady_clock::now();
    bool late = false;
    for (const Direction* d : {&read, &write})
      late = late || (d->waiting && d->deadline && *d->deadline <= now);
    if (!late) return arm();
    // Wakes both directions; the one that is still in time waits, and arms, again.
    asio::error_code ignored;
    descriptor.cancel(ignored);
  }

  SteadyTimer timer_;
  std::optional<MonoTime> armed_;
};

SocketStream::SocketStream(std::shared_ptr<Core> core, std::string peer)
    : core_(std::move(core)), peer_(std::move(peer)) {}

SocketStream::~SocketStream() { core_->close(); }

Result<std::unique_ptr<SocketStream>> SocketStream::adopt(Executor executor, int fd,
                                                          const SocketAddress& peer) {
  auto core = std::make_shared<Core>(executor);
  asio::error_code error;
  core->descriptor.assign(fd, error);
  if (error) {
    ::close(fd);
    return Error{ErrorCode::kUnavailable, "cannot watch a socket: " + error.message()};
  }
  core->descriptor.native_non_blocking(true, error);
  std::unique_ptr<SocketStream> stream(new SocketStream(core, to_string(peer)));
  if (peer.family() == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
      stream->peer_uid_ = credentials.uid;
  } else {
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return stream;
}

Awaitable<Result<std::size_t>> SocketStream::read_some(std::span<std::byte> into) {
  if (into.empty()) co_return Error{ErrorCode::kInvalid, "a read into no space"};
  Core& core = *core_;
  for (;;) {
    if (auto refusal = core.refusal(core.read)) co_return *refusal;
    ssize_t n = ::recv(core.descriptor.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (n >= 0) {
      if (++core.turn >= kTurn) {
        core.turn = 0;
        co_await yield();
      }
      co_return static_cast<std::size_t>(n);
    }
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return closed_by(errno);
    core.begin_wait(core.read);
    asio::error_code error;
    auto token = asio::redirect_error(kAwait, error);
    co_await core.descriptor.async_wait(Descriptor::wait_read, token);
    core.read.waiting = false;
    if (error && error != asio::error::operation_aborted) co_return closed_by(error.value());
  }
}

Awaitable<Result<void>> SocketStream::write(std::span<const std::span<const std::byte>> parts) {
  Core& core = *core_;
  Progress progress;
  for (;;) {
    if (auto refusal = core.refusal(core.write)) co_return *refusal;
    int problem = send_now(core.descriptor.native_handle(), parts, progress);
    if (problem == 0) {
      if (++core.turn >= kTurn) {
        core.turn = 0;
        co_await yield();
      }
      co_return Result<void>();
    }
    if (!would_block(problem)) co_return closed_by(problem);
    core.begin_wait(core.write);
    asio::error_code error;
    auto token = asio::redirect_error(kAwait, error);
    co_await core.descriptor.async_wait(Descriptor::wait_write, token);
    core.write.waiting = false;
    if (error && error != asio::error::operation_aborted) co_return closed_by(error.value());
  }
}

Awaitable<Result<void>> SocketStream::wait_connected() {
  Core& core = *core_;
  for (;;) {
    if (auto refusal = core.refusal(core.write)) co_return *refusal;
    core.begin_wait(core.write);
    asio::error_code error;
    auto token = asio::redirect_error(kAwait, error);
    co_await core.descriptor.async_wait(Descriptor::wait_write, token);
    core.write.waiting = false;
    if (error == asio::error::operation_aborted) continue;
    int outcome = 0;
    socklen_t size = sizeof outcome;
    ::getsockopt(core.descriptor.native_handle(), SOL_SOCKET, SO_ERROR, &outcome, &size);
    if (outcome != 0)
      co_return Error{ErrorCode::kUnavailable, std::generic_category().message(outcome)};
    co_return Result<void>();
  }
}

Awaitable<Result<void>> SocketStream::shutdown_send() {
  if (core_->closed) co_return Error{ErrorCode::kClosed, "the connection was closed"};
  if (::shutdown(core_->descriptor.native_handle(), SHUT_WR) != 0) co_return closed_by(errno);
  co_return Result<void>();
}

void SocketStream::set_read_deadline(std::optional<MonoTime> at) {
  core_->set_deadline(core_->read, at);
}

void SocketStream::set_write_deadline(std::optional<MonoTime> at) {
  core_->set_deadline(core_->write, at);
}

void SocketStream::close() { core_->close(); }

bool SocketStream::idle_and_open() const {
  if (core_->closed) return false;
  std::byte one;
  ssize_t n = ::recv(core_->descriptor.native_handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && would_block(errno);
}

Executor SocketStream::executor() const { return core_->descriptor.get_executor(); }

}  // namespace sallyport::net
