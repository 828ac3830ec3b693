#include "protocols/http/websocket_tunnel.h"

#include <openssl/rand.h>

#include "core/net/runtime.h"

namespace sallyport::http {
namespace {

// A stream's text as a whole.
PayloadChunk chunk_of(const char* stream, std::string_view bytes) {
  return {stream, std::as_bytes(std::span(bytes)), TextFormat::kPlain, true};
}

MessagePiece close_piece(const CloseReason& reason) {
  MessagePiece piece;
  piece.opcode = Opcode::kClose;
  piece.content = close_content(reason);
  return piece;
}

}  // namespace

// The right to write to one side: no two coroutines do so at the same time.
class WebSocketTunnel::Turn {
 public:
  explicit Turn(Way& way) : way_(way) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!taken_) return;
    way_.writing = false;
    // All of them: one may have been ended by a lack of memory, and would wake no other.
    for (const net::OneShot<bool>& one : std::exchange(way_.waiting, {})) one.set(true);
  }
  net::Awaitable<void> take() {
    while (way_.writing) {
      const net::OneShot<bool> mine = way_.waiting.emplace_back();
      co_await mine.wait();
    }
    way_.writing = taken_ = true;
  }

 private:
  Way& way_;
  bool taken_ = false;
};

// What the agent's side calls, as long as run() does.
class WebSocketTunnel::Hooks {
 public:
  explicit Hooks(WebSocketTunnel& tunnel) : agent_(tunnel.parts_.agent) {
    agent_.wait_for(&tunnel.parts_.target);
    agent_.when_draining([&tunnel] { tunnel.drain(); });
  }
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;
  ~Hooks() {
    agent_.wait_for(nullptr);
    agent_.when_draining(nullptr);
  }

 private:
  Exchange& agent_;
};

WebSocketTunnel::WebSocketTunnel(const Parts& parts)
    : parts_(parts),
      permit_(parts.permit.open_stream()),
      in_{By::kAgent,
          "ws.in.head",
          "ws.in.body",
          "ws.in.control",
          {Sender::kClient, Screen()},
          {},
          {},
          false,
          {},
          false},
      out_{By::kTarget,
           "ws.out.head",
           "ws.out.body",
           "ws.out.control",
           {Sender::kServer, parts.screen},
           {},
           {},
           false,
           {},
           false} {}

net::Awaitable<WebSocketEnd> WebSocketTunnel::run() {
  const std::shared_ptr<WebSocketTunnel> self = shared_from_this();
  {
    const Hooks hooks(*this);
    bear_silence(parts_.silence);
    net::spawn(parts_.agent.executor(), pump(self, in_));
    co_await pump(self, out_);
    co_await in_done_.wait();
    if (gone_away_) co_await gone_away_->wait();
  }
  const Content nothing_more{{}, true};
  const Fields none;
  static_cast<void>(co_await parts_.agent.send(nothing_more, none));
  parts_.target.cancel();
  end_.masked = out_.flow.masked();
  co_return end_;
}

void WebSocketTunnel::drain() {
  gone_away_.emplace();
  try {
    net::spawn(parts_.agent.executor(), go_away(shared_from_this()));
  } catch (const std::bad_alloc&) {
    gone_away_.reset();
    cut();
  }
}

net::Awaitable<void> WebSocketTunnel::pump(std::shared_ptr<WebSocketTunnel> self, Way& way) {
  try {
    co_await self->pass_all(way);
  } catch (const std::bad_alloc&) {
    self->fail(By::kBroker, {ErrorCode::kInternal, "out of memory"});
    self->cut();
  }
  if (&way == &self->in_) self->in_done_.set(true);
}

net::Awaitable<void> WebSocketTunnel::go_away(std::shared_ptr<WebSocketTunnel> self) {
  const CloseReason reason{kCloseGoingAway, "the broker is shutting down"};
  try {
    co_await self->close_both(reason);
  } catch (const std::bad_alloc&) {
    self->cut();
  }
  self->gone_away_->set(true);
}

// Until this side has said its Close, or cannot be read any more.
net::Awaitable<void> WebSocketTunnel::pass_all(Way& way) {
  while (!way.flow.closed()) {
    Result<Content> got = co_await read(way);
    if (got && got->end) got = Error{ErrorCode::kClosed, "the connection ended without a Close"};
    if (!got) {
      co_await lost(way, got.error().code);
      co_return;
    }
    if (!closing_) bear_silence(parts_.silence);
    way.pieces.clear();
    std::optional<CloseReason> refused = way.flow.feed(got->bytes, way.pieces);
    const bool passed = co_await pass(way);
    if (!passed) co_return;
    if (refused) {
      fail(way.from, {ErrorCode::kMalformed, refused->text});
      co_await close_both(*refused);
      co_return;
    }
  }
  // The other side answers it with its own.
  closing_ = true;
  bear_silence(kWebSocketClosing);
}

// On the record, then to the other side in one write. False: this direction is over.
net::Awaitable<bool> WebSocketTunnel::pass(Way& way) {
  if (way.pieces.empty()) co_return true;
  Turn turn(way);
  co_await turn.take();
  // What comes after the other side was told the end is dropped (RFC 6455 §5.5.1).
  if (way.close_sent) co_return true;
  way.wire.clear();
  Result<void> done;
  for (const MessagePiece& piece : way.pieces) {
    done = co_await record(way, piece);
    if (done) done = encode(way, piece);
    if (!done) break;
    if (!is_control(piece.opcode)) {
      (&way == &in_ ? end_.bytes_in : end_.bytes_out) += piece.content.size();
    } else if (piece.opcode == Opcode::kClose) {
      way.close_sent = true;
    }
  }
  By by = By::kBroker;
  if (done) done = permit_.check();
  if (done) {
    done = co_await write(way);
    if (!done) by = way.from == By::kAgent ? By::kTarget : By::kAgent;
  }
  if (done) co_return true;
  // To this side nothing can be said any more, or nothing that is not on record.
  fail(by, done.error());
  cut();
  co_return false;
}

// Silence, or an end without a Close. After the Close of one side that is how the other may take
// leave, and nobody's failure.
net::Awaitable<void> WebSocketTunnel::lost(Way& way, ErrorCode why) {
  CloseReason reason{kCloseNormal, ""};
  if (Result<void> allowed = permit_.check(); !allowed) {
    fail(By::kBroker, allowed.error());
    cut();
    co_return;
  }
  if (closing_) {
    const MessagePiece close = close_piece(reason);
    co_await send_close(way, close);
    co_return;
  }
  if (why == ErrorCode::kTimeout) {
    reason = {kCloseGoingAway, "nothing was said on the WebSocket for too long"};
    fail(By::kBroker, {why, reason.text});
  } else {
    const bool agent = way.from == By::kAgent;
    reason = agent ? CloseReason{kCloseGoingAway, "the agent went away"}
                   : CloseReason{kCloseInternal, "the target went away"};
    fail(way.from, {why, reason.text});
  }
  co_await close_both(reason);
}

net::Awaitable<void> WebSocketTunnel::close_both(const CloseReason& reason) {
  closing_ = true;
  const MessagePiece close = close_piece(reason);
  co_await send_close(out_, close);
  co_await send_close(in_, close);
  bear_silence(kWebSocketClosing);
}

// The broker's own word; a side that cannot be reached is gone anyway.
net::Awaitable<void> WebSocketTunnel::send_close(Way& way, const MessagePiece& close) {
  Turn turn(way);
  co_await turn.take();
  if (way.close_sent) co_return;
  way.close_sent = true;
  way.wire.clear();
  Result<void> done;
  if (&way == &out_) done = co_await record(way, close);
  if (done) done = encode(way, close);
  if (done) static_cast<void>(co_await write(way));
}

net::Awaitable<Result<Content>> WebSocketTunnel::read(const Way& way) {
  if (way.from == By::kAgent) return parts_.agent.read();
  return parts_.target.read();
}

net::Awaitable<Result<void>> WebSocketTunnel::write(Way& way) {
  const Content bytes{way.wire, false};
  const Fields none;
  if (way.from == By::kAgent) co_return co_await parts_.target.send(permit_, bytes, none);
  co_return co_await parts_.agent.send(bytes, none);
}

Result<void> WebSocketTunnel::encode(Way& way, const MessagePiece& piece) {
  std::optional<MaskingKey> key;
  if (way.from == By::kAgent) {
    key.emplace();
    if (RAND_bytes(key->data(), static_cast<int>(key->size())) != 1)
      return Error{ErrorCode::kInternal, "no random bytes"};
  }
  encode_piece(way.wire, piece, key);
  return {};
}

// A message is its kind, then its content in one or more chunks. A control frame may come in
// between and is one chunk of a stream of its own: "close 1000 bye".
net::Awaitable<Result<void>> WebSocketTunnel::record(const Way& way, const MessagePiece& piece) {
  if (parts_.kept == RecordPayloads::kNone) co_return Result<void>();
  const bool full = parts_.kept == RecordPayloads::kFull;
  if (is_control(piece.opcode)) {
    std::string frame(name_of(piece.opcode));
    const std::string content =
        piece.opcode == Opcode::kClose ? describe_close(piece.content) : piece.content;
    if (full && !content.empty()) frame += " " + content;
    const PayloadChunk control = chunk_of(way.control_stream, frame);
    co_return co_await parts_.permit.record(control);
  }
  if (piece.first) {
    const PayloadChunk head = chunk_of(way.head_stream, name_of(piece.opcode));
    Result<void> kept = co_await parts_.permit.record(head);
    if (!kept) co_return kept;
  }
  if (!full || (piece.content.empty() && !piece.last)) co_return Result<void>();
  PayloadChunk body = chunk_of(way.body_stream, piece.content);
  body.format = piece.format;
  body.end = piece.last;
  co_return co_await parts_.permit.record(body);
}

void WebSocketTunnel::fail(By by, Error error) {
  if (!end_.failure) end_.failure = WebSocketEnd::Failure{by, std::move(error)};
}

void WebSocketTunnel::bear_silence(std::chrono::milliseconds most) {
  parts_.agent.bear_silence(most);
  parts_.target.bear_silence(most);
}

void WebSocketTunnel::cut() {
  parts_.agent.abort();
  parts_.target.cancel();
}

}  // namespace sallyport::http
