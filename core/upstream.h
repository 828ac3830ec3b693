// A connection to a target that sends nothing an agent asked for without a permit: the only
// functions that write take one. Made by a Dialer, used on one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/net/stream.h"
#include "core/permit.h"

namespace sallyport {

class Upstream {
 public:
  // `stream` is open and, where the endpoint says so, already TLS. `own_words` are a Greeting's.
  explicit Upstream(std::unique_ptr<net::Stream> stream, std::vector<std::string> own_words = {});
  ~Upstream();

  // The bytes of the command that the permit is for. They must stay put until done.
  net::Awaitable<Result<void>> send(const Permit& permit,
                                    std::span<const std::span<const std::byte>> parts);

  // Bytes that follow a command (a body, COPY data, terminal input). kRevoked once the permit was
  // taken back; nothing is sent then.
  net::Awaitable<Result<void>> send(const StreamPermit& permit,
                                    std::span<const std::span<const std::byte>> parts);

  // One of the own words, by its number: what the protocol itself needs said (an end, a
  // synchronisation), whether or not the store can record.
  net::Awaitable<Result<void>> say(std::size_t own_word);

  net::Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into);
  void set_read_deadline(std::optional<MonoTime> at);
  void set_write_deadline(std::optional<MonoTime> at);
  void close();
  bool idle_and_open() const;
  std::string peer_address() const;
  std::string crypto() const;

 private:
  std::unique_ptr<net::Stream> stream_;
  std::vector<std::string> own_words_;
};

// What the broker itself says to a target before the first byte of an agent's: what leads to TLS in
// a protocol that begins without, and the login. Made for one dial.
class Greeting {
 public:
  virtual ~Greeting() = default;
  // Gets the stream as connected, with the dial's deadline set, and gives back the one that agents'
  // bytes will go through. `tls` is the context to secure it with; null: the endpoint has none.
  virtual net::Awaitable<Result<std::unique_ptr<net::Stream>>> greet(
      std::unique_ptr<net::Stream> stream, std::shared_ptr<const net::TlsContext> tls) = 0;
  // Messages that are complete before any agent has said a word, for Upstream::say().
  virtual std::vector<std::string> own_words() const { return {}; }
};

// Reaches an endpoint, directly or (later) through a connector. Resolves, connects and does the TLS
// handshake before the deadline; errors name the endpoint and the step that failed.
class Dialer {
 public:
  virtual ~Dialer() = default;
  virtual net::Awaitable<Result<std::unique_ptr<Upstream>>> dial(const Endpoint& endpoint,
                                                                 MonoTime deadline) = 0;
  // The greeting comes in the place of the TLS handshake; its errors are the dial's.
  virtual net::Awaitable<Result<std::unique_ptr<Upstream>>> dial(const Endpoint& endpoint,
                                                                 MonoTime deadline,
                                                                 Greeting& greeting) = 0;
};

}  // namespace sallyport
