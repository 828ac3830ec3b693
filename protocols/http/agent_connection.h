// One downstream HTTP/1.1 connection (RFC 9112): reads request after request and frames the
// responses. Idle, it holds one small buffer. Used on one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/net/one_shot.h"
#include "core/net/stream.h"
#include "protocols/http/exchange.h"
#include "protocols/http/problem.h"

namespace sallyport::http {

// The waits of an agent's connection; tests shorten them.
struct ConnectionTimeouts {
  std::chrono::milliseconds first_byte = kFirstByte;
  std::chrono::milliseconds head = kHeadDeadline;
  std::chrono::milliseconds keep_alive = kKeepAliveIdle;
  std::chrono::milliseconds body_silence = kBodySilence;
  std::chrono::milliseconds write_stall = kWriteStall;
  std::chrono::milliseconds linger = kLinger;
  std::chrono::milliseconds half_close_grace = kHalfCloseGrace;
};

class AgentConnection final : public Exchange {
 public:
  AgentConnection(std::unique_ptr<net::Stream> stream, BufferCache& buffers,
                  const ConnectionTimeouts& timeouts, const Clock& clock);
  ~AgentConnection() override;

  // Waits for the next request. Nothing: the connection is over, cleanly or not; when its bytes
  // were refused, refusal() says what to answer.
  net::Awaitable<bool> next();
  const std::optional<WireError>& refusal() const { return refusal_; }

  // After an exchange: true when the next request may be read. Reads the small rest of a request
  // that was refused; otherwise lingers and closes.
  net::Awaitable<bool> settle();
  // Closes; returns when nothing refers to this object any more.
  net::Awaitable<void> close();

  // Both on this thread: the broker is draining; the interval of the watch has passed.
  void drain();
  void tick();
  void end_after_response() { keep_alive_ = false; }
  // A session that this connection works for has ended.
  void session_ended();

  // Exchange:
  const RequestHead& request() const override { return head_; }
  std::string peer_address() const override { return stream_->peer_address(); }
  std::string crypto() const override { return stream_->crypto(); }
  net::Executor executor() const override { return stream_->executor(); }
  net::Awaitable<Result<Content>> read() override;
  Result<Content> read_arrived() override;
  const Fields& request_trailers() const override { return body_.trailers(); }
  net::Awaitable<Result<void>> send_continue() override;
  net::Awaitable<Result<void>> respond(ResponseHead head, Content first) override;
  net::Awaitable<Result<void>> send(Content more, const Fields& trailers) override;
  bool responded() const override { return responded_; }
  net::Awaitable<Result<void>> switch_protocols(ResponseHead head) override;
  void bear_silence(std::chrono::milliseconds most) override;
  void abort() override;
  void stop_reading() override;
  void bind(const std::shared_ptr<Session>& session) override;
  void wait_for(Cancellable* awaited) override;
  void when_draining(std::function<void()> action) override;
  bool abandoned() const override { return abandoned_; }

 private:
  enum class Reading { kGo, kStop };
  void begin_request();
  Reading take_head();
  net::Awaitable<Reading> read_more_head();
  static net::Awaitable<void> watch(std::shared_ptr<Exchange> self);
  net::Awaitable<void> look();
  net::Awaitable<void> join_watch();
  net::Awaitable<void> linger();
  net::Awaitable<Result<void>> write_framed(Content content, const Fields& trailers);
  void frame_response(ResponseHead& head);
  void give_up();
  MonoTime after(std::chrono::milliseconds wait) const { return clock_.mono() + wait; }

  std::unique_ptr<net::Stream> stream_;
  const ConnectionTimeouts& timeouts_;
  const Clock& clock_;
  ByteBuffer buffer_;
  HeadDecoder decoder_;
  RequestHead head_;
  BodyDecoder body_{Framing::kNone, 0};
  std::optional<WireError> refusal_;
  std::string out_;  // head and chunk lines of what is being written

  bool seen_request_ = false;
  bool idle_ = false;       // waiting for the first byte of a request
  bool keep_alive_ = true;  // after this response
  bool draining_ = false;
  bool responded_ = false;
  bool response_done_ = false;
  bool chunked_ = false;  // how the response under way is framed
  bool no_content_ = false;
  bool continue_sent_ = false;
  bool reading_ = false;                              // a read is in flight
  std::optional<std::chrono::milliseconds> silence_;  // set once protocols were switched
  bool closed_ = false;

  std::shared_ptr<Session> session_;  // shared with the registry and the session table
  Session::Attachment attachment_;
  Cancellable* awaited_ = nullptr;
  std::function<void()> when_draining_;
  bool waited_a_tick_ = false;
  bool abandoned_ = false;
  std::optional<MonoTime> half_closed_;  // when the agent was seen to have ended its side
  bool watching_ = false;
  std::optional<net::OneShot<bool>> watch_joined_;
};

}  // namespace sallyport::http
