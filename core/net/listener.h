// Accepts connections and hands each to a handler coroutine. Errors such as EMFILE pause accepting
// for a moment and are logged once per pause; they never end the listener. TLS handshakes run in
// the connection's own coroutine, under a deadline, never in the accept loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/net/runtime.h"
#include "core/net/stream.h"
#include "core/net/tls.h"

namespace sallyport::net {

// Counts connections over all listeners that share it; immutable limit may be changed by a reload.
class ConnectionBudget {
 public:
  explicit ConnectionBudget(std::uint32_t limit) : limit_(limit) {}
  bool take();  // false: at the limit
  void give_back();
  void set_limit(std::uint32_t limit) { limit_ = limit; }
  std::uint32_t in_use() const { return in_use_; }

 private:
  std::atomic<std::uint32_t> limit_;
  std::atomic<std::uint32_t> in_use_{0};
};

struct ListenerSettings {
  std::string address;  // "127.0.0.1:8080", "[::1]:0", or "unix:PATH"
  // True: one acceptor per I/O thread on the same port (SO_REUSEPORT), for many short connections.
  // False: one acceptor that hands each connection to the least loaded thread.
  bool acceptor_per_thread = false;
  unsigned unix_mode = 0660;
};

class Listener {
 public:
  // Serves one connection until it ends. The stream is open, plain or already TLS.
  using Handler = std::function<Awaitable<void>(std::unique_ptr<Stream>)>;
  // The TLS context for the next connection; null: plain. Asked per connection, so that a reload
  // takes effect.
  using TlsSource = std::function<std::shared_ptr<const TlsContext>()>;

  static Result<std::unique_ptr<Listener>> open(Runtime& runtime, ListenerSettings settings,
                                                ConnectionBudget& budget, TlsSource tls,
                                                Handler handler);
  ~Listener();
  void start();
  // Stops accepting, from any thread; connections that were accepted go on.
  void stop();
  // The address bound, with the port the system chose for port 0.
  std::string address() const;

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::net
