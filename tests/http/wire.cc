#include "tests/http/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "protocols/http/decoder.h"

namespace sallyport::http::test {
namespace {

constexpr int kPatience_ms = 10'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void wait_for(int fd, short events) {
  pollfd one{fd, events, 0};
  if (::poll(&one, 1, kPatience_ms) != 1) throw std::runtime_error("nothing came in ten seconds");
}

}  // namespace

std::string Answer::field(std::string_view name) const {
  const std::string* value = head.fields.find(name);
  return value ? *value : "";
}

Wire::Wire(int fd) : fd_(fd) {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
Wire::Wire(Wire&& other) noexcept : fd_(other.fd_), buffer_(std::move(other.buffer_)) {
  other.fd_ = -1;
}
Wire& Wire::operator=(Wire&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(buffer_, other.buffer_);
  return *this;
}
Wire::~Wire() { close(); }

Wire Wire::connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  return Wire(fd);
}

void Wire::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Wire::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Wire::half_close() { ::shutdown(fd_, SHUT_WR); }

bool Wire::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(fd_, POLLOUT);
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Wire::send(std::string_view bytes) {
  if (!try_send(bytes)) throw std::runtime_error("the peer has gone");
}

bool Wire::more() {
  wait_for(fd_, POLLIN);
  std::array<char, 64 * 1024> block;
  const ssize_t got = ::recv(fd_, block.data(), block.size(), 0);
  if (got <= 0) return false;
  buffer_.append(block.data(), static_cast<std::size_t>(got));
  return true;
}

std::string Wire::until(std::string_view end) {
  std::size_t at;
  while ((at = buffer_.find(end)) == std::string::npos)
    if (!more()) throw std::runtime_error("ended before the expected bytes: " + buffer_);
  std::string out = buffer_.substr(0, at + end.size());
  buffer_.erase(0, out.size());
  return out;
}

std::string Wire::exactly(std::size_t bytes) {
  while (buffer_.size() < bytes)
    if (!more()) throw std::runtime_error("ended before the expected bytes: " + buffer_);
  std::string out = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return out;
}

std::string Wire::rest() {
  while (more()) {
  }
  return std::move(buffer_);
}

bool Wire::ended() { return buffer_.empty() && !more(); }

Answer Wire::answer(std::string_view method) {
  Answer out;
  out.head_bytes = until("\r\n\r\n");
  HeadDecoder decoder;
  Step<ResponseHead> step = decoder.response(out.head_bytes, method);
  if (!step.done) throw std::runtime_error("not a response: " + out.head_bytes);
  out.head = std::move(step.done->message);
  BodyDecoder body(out.head.framing, out.head.content_length);
  while (!body.done()) {
    const BodyDecoder::Piece piece = body.decode(buffer_);
    if (piece.error) throw std::runtime_error(piece.error->detail);
    out.content.append(piece.data);
    buffer_.erase(0, piece.used);
    if (piece.used == 0 && !piece.end && !more()) {
      out.whole = body.at_close().ok();
      return out;
    }
  }
  out.trailers = body.trailers();
  out.whole = true;
  return out;
}

Listening::Listening() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_, 64) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
}

Listening::~Listening() { ::close(fd_); }

Wire Listening::accept() {
  wait_for(fd_, POLLIN);
  return Wire(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
}

bool Listening::waiting() const {
  pollfd one{fd_, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

}  // namespace sallyport::http::test
