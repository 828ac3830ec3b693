// How an agent's connection ends, and how it is noticed that the agent has gone.
#include "core/net/runtime.h"
#include "protocols/http/agent_connection.h"

namespace sallyport::http {

net::Awaitable<bool> AgentConnection::settle() {
  co_await join_watch();
  if (closed_ || !response_done_) co_return false;
  if (!keep_alive_ || draining_) {
    if (!body_.done() || !buffer_.empty()) co_await linger();
    co_return false;
  }
  std::size_t drained = 0;
  while (!body_.done()) {
    Result<Content> rest = co_await read();
    if (!rest) co_return false;
    drained += rest->bytes.size();
    if (drained > kDrainBytes) {
      co_await linger();
      co_return false;
    }
  }
  co_return true;
}

// RFC 9112 §9.6: a close with unread bytes resets the connection, and the agent would lose the
// response. So our side is ended first and what still comes is read and dropped, within bounds.
net::Awaitable<void> AgentConnection::linger() {
  Result<void> ended = co_await stream_->shutdown_send();
  if (!ended) co_return;
  stream_->set_read_deadline(after(timeouts_.linger));
  for (std::size_t dropped = 0; dropped < kLingerBytes;) {
    buffer_.consume(buffer_.unread().size());
    buffer_.reserve(kSmallBuffer);
    Result<std::size_t> got = co_await stream_->read_some(buffer_.room());
    if (!got || *got == 0) co_return;
    dropped += *got;
  }
}

net::Awaitable<void> AgentConnection::close() {
  if (refusal_ && !closed_) co_await linger();
  closed_ = true;
  stream_->close();
  co_await join_watch();
}

void AgentConnection::drain() {
  draining_ = true;
  if (idle_ && buffer_.empty()) stream_->close();
  if (when_draining_) std::exchange(when_draining_, nullptr)();
}

void AgentConnection::when_draining(std::function<void()> action) {
  when_draining_ = std::move(action);
  if (draining_ && when_draining_) std::exchange(when_draining_, nullptr)();
}

void AgentConnection::session_ended() {
  closed_ = true;
  keep_alive_ = false;
  if (awaited_) awaited_->cancel();
  stream_->close();
}

void AgentConnection::bind(const std::shared_ptr<Session>& session) {
  if (session_ == session) return;
  attachment_ = Session::attach(session, executor(), [this] { session_ended(); });
  session_ = session;
}

void AgentConnection::wait_for(Cancellable* awaited) {
  awaited_ = awaited;
  waited_a_tick_ = false;
}

// An agent that waits may go away. To look at its socket for every request would cost a system
// call each, so only those are looked at that have waited for a whole interval.
void AgentConnection::tick() {
  // Whoever has switched protocols always reads, and sees it then.
  if (!awaited_ || closed_ || silence_) return;
  if (!waited_a_tick_) {
    waited_a_tick_ = true;
    return;
  }
  if (half_closed_) {
    if (!responded_ && clock_.mono() - *half_closed_ >= timeouts_.half_close_grace) give_up();
    return;
  }
  if (watching_ || reading_ || stream_->idle_and_open()) return;
  buffer_.reserve(kSmallBuffer);
  if (buffer_.room().empty()) return;
  watching_ = true;
  net::spawn(executor(), watch(shared_from_this()));
}

net::Awaitable<void> AgentConnection::watch(std::shared_ptr<Exchange> self) {
  auto& connection = static_cast<AgentConnection&>(*self);
  try {
    co_await connection.look();
  } catch (const std::bad_alloc&) {
    connection.give_up();
  }
  connection.watching_ = false;
  if (connection.watch_joined_) connection.watch_joined_->set(true);
}

// Reads what made the connection look unlike an idle one: the next request, the agent's end, or
// its reset.
net::Awaitable<void> AgentConnection::look() {
  stream_->set_read_deadline(std::nullopt);
  Result<std::size_t> got = co_await stream_->read_some(buffer_.room());
  if (!got) {
    give_up();
  } else if (*got == 0) {
    half_closed_ = clock_.mono();
  } else {
    buffer_.filled(*got);
  }
}

net::Awaitable<void> AgentConnection::join_watch() {
  if (!watching_) co_return;
  watch_joined_.emplace();
  // A watch that found only part of a TLS record waits for the rest; the next request bounds it.
  stream_->set_read_deadline(after(timeouts_.keep_alive));
  co_await watch_joined_->wait();
  watch_joined_.reset();
}

}  // namespace sallyport::http
