// A connection to a target that sends nothing an agent asked for without a permit: the only
// functions that write take one. Made by a Dialer, used on one thread.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/net/stream.h"
#include "core/permit.h"

namespace sallyport {

class Upstream {
 public:
  // `stream` is open and, where the endpoint says so, already TLS.
  explicit Upstream(std::unique_ptr<net::Stream> stream);
  ~Upstream();

  // The bytes of the command that the permit is for. They must stay put until done.
  net::Awaitable<Result<void>> send(const Permit& permit,
                                    std::span<const std::span<const std::byte>> parts);

  // Bytes that follow a command (a body, COPY data, terminal input). kRevoked once the permit was
  // taken back; nothing is sent then.
  net::Awaitable<Result<void>> send(const StreamPermit& permit,
                                    std::span<const std::span<const std::byte>> parts);

  net::Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into);
  void set_read_deadline(std::optional<MonoTime> at);
  void set_write_deadline(std::optional<MonoTime> at);
  void close();
  bool idle_and_open() const;
  std::string peer_address() const;
  std::string crypto() const;

 private:
  std::unique_ptr<net::Stream> stream_;
};

// Reaches an endpoint, directly or (later) through a connector. Resolves, connects and does the TLS
// handshake before the deadline; errors name the endpoint and the step that failed.
class Dialer {
 public:
  virtual ~Dialer() = default;
  virtual net::Awaitable<Result<std::unique_ptr<Upstream>>> dial(const Endpoint& endpoint,
                                                                 MonoTime deadline) = 0;
};

}  // namespace sallyport
