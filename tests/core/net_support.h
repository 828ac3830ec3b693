// What the socket tests share: a running Runtime, coroutines awaited from the test's own thread,
// certificates made on the spot and a folder that goes away.
#pragma once

#include <chrono>
#include <future>
#include <string>

#include "core/net/connect.h"
#include "core/net/flow.h"
#include "core/net/listener.h"
#include "core/net/runtime.h"
#include "core/net/stream.h"
#include "core/net/tls.h"

namespace sallyport::net::test {

inline MonoTime after(std::chrono::milliseconds duration) {
  return std::chrono::steady_clock::now() + duration;
}

// Far enough for any healthy run, near enough to end a broken one.
inline MonoTime soon() { return after(std::chrono::seconds(20)); }

class RunningRuntime {
 public:
  explicit RunningRuntime(unsigned threads = 2) : runtime_(threads) { runtime_.start(); }
  ~RunningRuntime() {
    runtime_.stop();
    runtime_.join();
  }
  Runtime& operator*() { return runtime_; }
  Runtime* operator->() { return &runtime_; }

  // Runs the coroutine on an I/O thread and waits for its value.
  template <class T>
  T run(Awaitable<T> coroutine, unsigned thread = 0) {
    std::promise<T> promise;
    auto future = promise.get_future();
    spawn(runtime_.executor(thread), deliver(std::move(coroutine), promise));
    return future.get();
  }

 private:
  template <class T>
  static Awaitable<void> deliver(Awaitable<T> coroutine, std::promise<T>& promise) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(coroutine);
        promise.set_value();
      } else {
        T value = co_await std::move(coroutine);
        promise.set_value(std::move(value));
      }
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }

  Runtime runtime_;
};

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct CertificateWish {
  std::string dns = "localhost";  // subjectAltName; empty: none
  std::string ip = "127.0.0.1";
  long valid_for_s = 3'600;  // negative: has expired
};

// An authority and one server certificate of it, as PEM files in `folder`.
struct Certificates {
  std::string ca;
  std::string certificate;
  std::string key;
};
Certificates make_certificates(const TemporaryFolder& folder, const CertificateWish& wish = {});

// Sends back what comes, then ends its side when the peer has.
Awaitable<void> echo(std::unique_ptr<Stream> stream);

// Reads `size` bytes, or fewer when the stream ends.
Awaitable<Result<std::string>> read_exactly(Stream& stream, std::size_t size);
// Reads to the end.
Awaitable<Result<std::string>> read_all(Stream& stream);

// Two streams connected to each other, both on `executor`'s thread.
struct Pair {
  std::unique_ptr<Stream> a;
  std::unique_ptr<Stream> b;
};
Pair make_pair(Executor executor);

// A TCP listener on a free loopback port, with a budget that is never reached.
std::unique_ptr<Listener> listen(Runtime& runtime, ConnectionBudget& budget,
                                 Listener::Handler handler,
                                 std::shared_ptr<const TlsContext> tls = nullptr,
                                 ListenerSettings settings = {"127.0.0.1:0"});

}  // namespace sallyport::net::test
