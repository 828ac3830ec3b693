// A byte stream with a deadline: TCP, TLS or a Unix socket; later one stream of a connector. Used
// from the thread of its executor only. One read and one write may be in flight at the same time,
// no more.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/net/awaitable.h"
#include "core/result.h"

namespace sallyport::net {

class Stream {
 public:
  virtual ~Stream() = default;

  // Reads at least one byte. 0 means the peer ended its side cleanly (TCP FIN, TLS close_notify); a
  // TLS connection cut without close_notify is kClosed, as is a reset. kTimeout when the deadline
  // passes; afterwards only close() is of use.
  virtual Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;

  // Writes all parts, in order, as few system calls as possible. The bytes must stay put until
  // done.
  virtual Awaitable<Result<void>> write(std::span<const std::span<const std::byte>> parts) = 0;
  Awaitable<Result<void>> write(std::span<const std::byte> bytes);
  Awaitable<Result<void>> write(std::string_view text);

  // Ends our sending side (TCP FIN, after a TLS close_notify); reading goes on.
  virtual Awaitable<Result<void>> shutdown_send() = 0;

  // Every read and write pending when the deadline passes fails with kTimeout. nullopt: none.
  // Separate for the two directions, so that a slow reader and a silent writer are told apart.
  virtual void set_read_deadline(std::optional<MonoTime> at) = 0;
  virtual void set_write_deadline(std::optional<MonoTime> at) = 0;

  // Ends everything at once; pending operations fail with kClosed. Idempotent.
  virtual void close() = 0;

  // False when the peer has closed or sent bytes nobody asked for: such a connection must not be
  // reused. Only for an idle stream.
  virtual bool idle_and_open() const = 0;

  virtual Executor executor() const = 0;
  virtual std::string peer_address() const = 0;  // "10.0.0.7:41234", "[::1]:80", "unix"
  // The Unix uid of the peer of a Unix socket.
  virtual std::optional<unsigned> peer_uid() const { return std::nullopt; }
  // "TLSv1.3 TLS_AES_128_GCM_SHA256", or empty without TLS.
  virtual std::string crypto() const { return {}; }
  // What binds a login to this TLS connection: the hash of the server's certificate
  // (tls-server-end-point, RFC 5929 §4). Only of a client's side; empty: there is none.
  virtual std::string channel_binding() const { return {}; }
  // The protocol agreed on by ALPN (RFC 7301), or empty.
  virtual std::string alpn() const { return {}; }
};

}  // namespace sallyport::net
