#include "core/net/connect.h"

#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/net/flow.h"
#include "core/net/limits.h"
#include "core/net/one_shot.h"
#include "core/net/socket_stream.h"

namespace sallyport::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using Addresses = std::vector<SocketAddress>;

MonoTime now() { return std::chrono::steady_clock::now(); }

Addresses addresses_of(const Resolver::results_type& results) {
  Addresses out;
  for (const auto& entry : results) {
    if (out.size() == kAddressesTried) break;
    SocketAddress address;
    address.size = static_cast<socklen_t>(entry.endpoint().size());
    std::memcpy(&address.storage, entry.endpoint().data(), entry.endpoint().size());
    out.push_back(address);
  }
  return out;
}

// getaddrinfo cannot be interrupted: when the deadline passes its answer is left to itself.
Awaitable<Result<Addresses>> resolve(std::string host, std::uint16_t port, MonoTime deadline) {
  if (auto numeric = numeric_address(host, port)) co_return Addresses{*numeric};
  Executor executor = co_await this_executor();
  auto resolver = std::make_shared<Resolver>(executor);  // shared with its handler
  SteadyTimer timer(executor, deadline);
  OneShot<Result<Addresses>> answer;
  auto resolved = [answer, resolver](const asio::error_code& error,
                                     const Resolver::results_type& results) {
    if (error) {
      answer.set(Error{ErrorCode::kUnavailable, "resolve: " + error.message()});
    } else {
      answer.set(addresses_of(results));
    }
  };
  auto late = [answer](const asio::error_code& error) {
    if (!error) answer.set(Error{ErrorCode::kTimeout, "resolve: the deadline passed"});
  };
  timer.async_wait(late);
  resolver->async_resolve(host, std::to_string(port), Resolver::resolver_base::numeric_service,
                          resolved);
  auto result = co_await answer.wait();
  co_return result;
}

Awaitable<Result<std::unique_ptr<Stream>>> connect_to(SocketAddress address, MonoTime deadline) {
  Executor executor = co_await this_executor();
  int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    co_return Error{ErrorCode::kUnavailable,
                    "connect: no socket: " + std::generic_category().message(errno)};
  // Before the stream watches it: a socket that is not connecting looks hung up to epoll.
  int outcome = ::connect(fd, address.get(), address.size) == 0 ? 0 : errno;
  auto stream = SocketStream::adopt(executor, fd, address);
  if (!stream) co_return stream.error();
  if (outcome != 0 && outcome != EINPROGRESS && outcome != EINTR)
    co_return Error{ErrorCode::kUnavailable,
                    "connect: " + std::generic_category().message(outcome)};
  if (outcome != 0) {
    (*stream)->set_write_deadline(deadline);
    auto connected = co_await (*stream)->wait_connected();
    if (!connected) co_return Error{connected.error().code, "connect: " + connected.error().detail};
    (*stream)->set_write_deadline(std::nullopt);
  }
  std::unique_ptr<Stream> made = std::move(*stream);
  co_return made;
}

}  // namespace

Awaitable<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, std::uint16_t port,
                                                       MonoTime deadline) {
  auto addresses = co_await resolve(host, port, deadline);
  if (!addresses) co_return addresses.error();
  Error last{ErrorCode::kUnavailable, "resolve: no address"};
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // An address that does not answer leaves time for those after it.
    auto share = (deadline - now()) / static_cast<std::ptrdiff_t>(addresses->size() - i);
    share = std::max<MonoTime::duration>(share, kLeastConnectTime);
    auto stream = co_await connect_to((*addresses)[i], std::min(deadline, now() + share));
    if (stream) co_return stream;
    last = stream.error();
    if (now() >= deadline) break;
  }
  co_return last;
}

Awaitable<Result<std::unique_ptr<Stream>>> connect(std::string address, MonoTime deadline) {
  if (auto path = unix_path(address)) {
    auto at = unix_address(*path);
    if (!at) co_return at.error();
    co_return co_await connect_to(*at, deadline);
  }
  auto parts = split_host_port(address);
  if (!parts)
    co_return Error{ErrorCode::kInvalid, "\"" + address + "\" is not host:port or unix:PATH"};
  co_return co_await connect_tcp(parts->first, parts->second, deadline);
}

}  // namespace sallyport::net
