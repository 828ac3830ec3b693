#include "core/net/listener.h"

#include <sys/socket.h>

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <system_error>

#include "core/limits.h"
#include "core/log/log.h"
#include "core/net/flow.h"
#include "core/net/limits.h"
#include "core/net/listening_socket.h"
#include "core/net/socket_stream.h"

namespace sallyport::net {
namespace {

struct Acceptor {
  Acceptor(Executor on, unsigned number)
      : executor(on), thread(number), descriptor(on), pause(on) {}
  Executor executor;
  unsigned thread;
  Descriptor descriptor;
  SteadyTimer pause;
};

struct Accepted {
  Fd fd;
  int problem = 0;  // errno without fd
  SocketAddress peer;
};

Accepted accept_one(int listening) {
  Accepted out;
  out.peer.size = sizeof out.peer.storage;
  out.fd = Fd(::accept4(listening, out.peer.get(), &out.peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (out.fd.get() < 0) out.problem = errno;
  // An unnamed Unix peer has an address of no length on some kernels.
  if (out.peer.size < sizeof(sa_family_t)) out.peer.storage.ss_family = AF_UNIX;
  return out;
}

// Of one connection that went away while it waited; the next accept may succeed at once.
bool concerns_one_connection(int problem) {
  return problem == EINTR || problem == ECONNABORTED || problem == EPROTO || problem == EPERM;
}

// Shared by the Listener, the accept loops and the connections being served.
struct State : std::enable_shared_from_this<State> {
  State(Runtime& on, ConnectionBudget& limit, Listener::TlsSource from, Listener::Handler serve)
      : runtime(on),
        budget(limit),
        tls(std::move(from)),
        handler(std::move(serve)),
        load(on.threads()) {}

  void start(Acceptor& acceptor);
  void restart(Acceptor& acceptor) noexcept;
  void take(Acceptor& acceptor, Accepted accepted);
  void refuse();

  Runtime& runtime;
  ConnectionBudget& budget;
  Listener::TlsSource tls;
  Listener::Handler handler;
  ListeningSockets sockets;
  bool per_thread = false;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::vector<std::atomic<std::uint32_t>> load;  // connections per I/O thread
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<MonoTime::rep> refusal_logged{0};
};

// A connection's place in the budget and on its thread.
class Place {
 public:
  Place(std::shared_ptr<State> state, unsigned thread) : state_(std::move(state)), thread_(thread) {
    state_->load[thread_].fetch_add(1, std::memory_order_relaxed);
  }
  Place(Place&&) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (!state_) return;
    state_->load[thread_].fetch_sub(1, std::memory_order_relaxed);
    state_->budget.give_back();
  }
  State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;  // shared as said above
  unsigned thread_;
};

Awaitable<void> serve(Place place, Accepted accepted) {
  State& state = place.state();
  Executor executor = co_await this_executor();
  auto adopted = SocketStream::adopt(executor, accepted.fd.release(), accepted.peer);
  if (!adopted) {
    log::warn("a connection was dropped", {{"cause", adopted.error().detail}});
    co_return;
  }
  std::unique_ptr<Stream> stream = std::move(*adopted);
  std::shared_ptr<const TlsContext> context = state.tls ? state.tls() : nullptr;
  if (context) {
    const MonoTime deadline = std::chrono::steady_clock::now() + kHandshakeDeadline;
    const std::string peer = stream->peer_address();
    stream->set_read_deadline(deadline);
    stream->set_write_deadline(deadline);
    auto secured = co_await tls_accept(std::move(stream), std::move(context));
    if (!secured) {
      log::debug("a TLS handshake failed", {{"client", peer}, {"cause", secured.error().detail}});
      co_return;
    }
    stream = std::move(*secured);
    stream->set_read_deadline(std::nullopt);
    stream->set_write_deadline(std::nullopt);
  }
  Awaitable<void> served = state.handler(std::move(stream));
  co_await std::move(served);
}

void State::refuse() {
  refused.fetch_add(1, std::memory_order_relaxed);
  MonoTime::rep now = std::chrono::steady_clock::now().time_since_epoch().count();
  MonoTime::rep last = refusal_logged;
  if (last != 0 && now - last < MonoTime::duration(kRefusalLogPause).count()) return;
  if (!refusal_logged.compare_exchange_strong(last, now)) return;
  log::warn("connections are refused: limits.connections is reached",
            {{"listener", sockets.address}, {"refused", std::to_string(refused.exchange(0))}});
}

void State::take(Acceptor& acceptor, Accepted accepted) {
  if (!budget.take()) return refuse();
  unsigned thread = acceptor.thread;
  if (!per_thread) {
    for (unsigned i = 0; i < runtime.threads(); ++i)
      if (load[i] < load[thread]) thread = i;
  }
  Place place(shared_from_this(), thread);
  spawn(runtime.executor(thread), serve(std::move(place), std::move(accepted)));
}

Awaitable<void> accept_loop(std::shared_ptr<State> state, Acceptor& acceptor) {
  bool paused = false;
  unsigned turn = 0;
  while (!state->stopping) {
    Accepted accepted = accept_one(acceptor.descriptor.native_handle());
    const int problem = accepted.problem;
    if (problem == 0) {
      if (paused) log::info("accepting connections again", {{"listener", state->sockets.address}});
      paused = false;
      state->take(acceptor, std::move(accepted));
      if (++turn % kAcceptTurn == 0) co_await yield();
      continue;
    }
    asio::error_code ignored;
    auto token = asio::redirect_error(kAwait, ignored);
    if (problem == EAGAIN || problem == EWOULDBLOCK) {
      co_await acceptor.descriptor.async_wait(Descriptor::wait_read, token);
    } else if (!concerns_one_connection(problem) && !state->stopping) {
      // EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection stays in the kernel's queue meanwhile.
      if (!paused)
        log::warn("accepting connections pauses",
                  {{"listener", state->sockets.address},
                   {"cause", std::generic_category().message(problem)}});
      paused = true;
      acceptor.pause.expires_after(kAcceptPause);
      co_await acceptor.pause.async_wait(token);
    }
  }
}

// An accept loop that ends by std::bad_alloc, thrown or unwound inside Asio, starts anew.
class LoopEnded {
 public:
  LoopEnded(std::shared_ptr<State> state, Acceptor& acceptor)
      : state_(std::move(state)), acceptor_(&acceptor) {}
  LoopEnded(LoopEnded&&) noexcept = default;
  LoopEnded& operator=(LoopEnded&&) = delete;
  ~LoopEnded() {
    if (state_) state_->restart(*acceptor_);
  }
  void operator()(std::exception_ptr error) {
    auto state = std::move(state_);
    if (error) state->restart(*acceptor_);
  }

 private:
  std::shared_ptr<State> state_;  // shared as said above
  Acceptor* acceptor_;
};

void State::start(Acceptor& acceptor) {
  LoopEnded ended(shared_from_this(), acceptor);
  asio::co_spawn(acceptor.executor, accept_loop(shared_from_this(), acceptor), std::move(ended));
}

void State::restart(Acceptor& acceptor) noexcept {
  // A runtime that is stopped unwinds its coroutines: that is no reason to begin again.
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    if (stopping || acceptor.executor.context().stopped()) return;
    try {
      asio::post(acceptor.executor,
                 [self = shared_from_this(), &acceptor] { self->start(acceptor); });
      log::error("out of memory: an accept loop starts anew", {{"listener", sockets.address}});
      return;
    } catch (const std::bad_alloc&) {
      continue;
    }
  }
}

}  // namespace

bool ConnectionBudget::take() {
  std::uint32_t used = in_use_;
  while (used < limit_)
    if (in_use_.compare_exchange_weak(used, used + 1)) return true;
  return false;
}

void ConnectionBudget::give_back() { in_use_.fetch_sub(1); }

struct Listener::Impl {
  std::shared_ptr<State> state;  // shared as said above
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() { stop(); }

Result<std::unique_ptr<Listener>> Listener::open(Runtime& runtime, ListenerSettings settings,
                                                 ConnectionBudget& budget, TlsSource tls,
                                                 Handler handler) {
  auto opened =
      open_listening_sockets(settings, settings.acceptor_per_thread ? runtime.threads() : 1);
  if (!opened) return opened.error();
  auto state = std::make_shared<State>(runtime, budget, std::move(tls), std::move(handler));
  state->per_thread = opened->sockets.size() > 1;
  for (unsigned i = 0; i < opened->sockets.size(); ++i) {
    auto acceptor = std::make_unique<Acceptor>(runtime.executor(i), i);
    asio::error_code error;
    acceptor->descriptor.assign(opened->sockets[i].get(), error);
    if (error)
      return Error{ErrorCode::kUnavailable,
                   "cannot watch " + opened->address + ": " + error.message()};
    opened->sockets[i].release();
    acceptor->descriptor.native_non_blocking(true, error);
    state->acceptors.push_back(std::move(acceptor));
  }
  state->sockets = std::move(*opened);
  auto impl = std::make_unique<Impl>();
  impl->state = std::move(state);
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

void Listener::start() {
  for (auto& acceptor : impl_->state->acceptors) impl_->state->start(*acceptor);
}

void Listener::stop() {
  auto state = impl_->state;
  if (state->stopping.exchange(true)) return;
  state->sockets.unlink_path();
  for (auto& acceptor : state->acceptors) {
    // Refuses newcomers from now on; the descriptor itself belongs to its thread.
    ::shutdown(acceptor->descriptor.native_handle(), SHUT_RDWR);
    asio::post(acceptor->executor, [state, which = acceptor.get()] {
      asio::error_code ignored;
      which->descriptor.close(ignored);
      which->pause.cancel();
    });
  }
}

std::string Listener::address() const { return impl_->state->sockets.address; }

}  // namespace sallyport::net
