// A connected TCP or Unix socket as a Stream. Plain: no buffer of its own, one timer that is armed
// only while an operation waits under a deadline.
#pragma once

#include <memory>

#include "core/net/address.h"
#include "core/net/asio_types.h"
#include "core/net/stream.h"

namespace sallyport::net {

class SocketStream final : public Stream {
 public:
  using Stream::write;

  // Takes `fd` over, whatever the outcome. Called on any thread while nobody else uses `executor`'s
  // stream yet.
  static Result<std::unique_ptr<SocketStream>> adopt(Executor executor, int fd,
                                                     const SocketAddress& peer);
  ~SocketStream() override;

  Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  Awaitable<Result<void>> write(std::span<const std::span<const std::byte>> parts) override;
  Awaitable<Result<void>> shutdown_send() override;
  void set_read_deadline(std::optional<MonoTime> at) override;
  void set_write_deadline(std::optional<MonoTime> at) override;
  void close() override;
  bool idle_and_open() const override;
  Executor executor() const override;
  std::string peer_address() const override { return peer_; }
  std::optional<unsigned> peer_uid() const override { return peer_uid_; }

  // Until a connect() in progress has come out, under the write deadline.
  Awaitable<Result<void>> wait_connected();

 private:
  class Core;
  SocketStream(std::shared_ptr<Core> core, std::string peer);

  std::shared_ptr<Core> core_;  // shared with the timer's handler, weakly
  std::string peer_;
  std::optional<unsigned> peer_uid_;
};

}  // namespace sallyport::net
