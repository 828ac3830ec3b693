#include "protocols/http/agent_connection.h"

#include "core/net/runtime.h"
#include "protocols/http/encoder.h"
#include "protocols/http/limits.h"

namespace sallyport::http {

AgentConnection::AgentConnection(std::unique_ptr<net::Stream> stream, BufferCache& buffers,
                                 const ConnectionTimeouts& timeouts, const Clock& clock)
    : stream_(std::move(stream)), timeouts_(timeouts), clock_(clock), buffer_(buffers) {}

AgentConnection::~AgentConnection() = default;

void AgentConnection::begin_request() {
  head_ = {};
  responded_ = response_done_ = chunked_ = no_content_ = continue_sent_ = abandoned_ = false;
  if (buffer_.empty() && buffer_.capacity() > kSmallBuffer) buffer_.release();
  if (out_.capacity() > kSmallBuffer) std::string().swap(out_);
  buffer_.reserve(kSmallBuffer);
}

net::Awaitable<bool> AgentConnection::next() {
  co_await join_watch();
  begin_request();
  if (draining_ && buffer_.empty()) co_return false;
  if (buffer_.empty()) {
    idle_ = true;
    stream_->set_read_deadline(after(seen_request_ ? timeouts_.keep_alive : timeouts_.first_byte));
  } else {
    if (take_head() == Reading::kStop) co_return !refusal_;
    stream_->set_read_deadline(after(timeouts_.head));
  }
  for (;;) {
    const bool first = idle_;
    const Reading more = co_await read_more_head();
    idle_ = false;
    if (more == Reading::kStop) co_return false;
    if (take_head() == Reading::kStop) co_return !refusal_;
    // One deadline for the whole head, however its bytes trickle in. A timer costs, so a head that
    // came in one read has none.
    if (first) stream_->set_read_deadline(after(timeouts_.head));
  }
}

// Stop: a head is there, or a refusal.
AgentConnection::Reading AgentConnection::take_head() {
  Step<RequestHead> step = decoder_.request(buffer_.view());
  if (step.error) {
    refusal_ = std::move(step.error);
    return Reading::kStop;
  }
  if (!step.done) return Reading::kGo;
  buffer_.consume(step.done->used);
  head_ = std::move(step.done->message);
  body_ = BodyDecoder(head_.framing, head_.content_length);
  keep_alive_ = head_.keep_alive;
  seen_request_ = true;
  return Reading::kStop;
}

// Stop: the connection ended or ran out of time.
net::Awaitable<AgentConnection::Reading> AgentConnection::read_more_head() {
  if (half_closed_) co_return Reading::kStop;
  if (buffer_.room().empty() && !buffer_.reserve(buffer_.capacity() + 1)) {
    refusal_ = WireError{431, "the request's head is too large"};
    co_return Reading::kStop;
  }
  reading_ = true;
  Result<std::size_t> got = co_await stream_->read_some(buffer_.room());
  reading_ = false;
  if (!got && got.error().code == ErrorCode::kTimeout && !idle_)
    refusal_ = WireError{408, "the request's head did not arrive in time"};
  if (!got || *got == 0) co_return Reading::kStop;
  buffer_.filled(*got);
  co_return Reading::kGo;
}

Result<Content> AgentConnection::read_arrived() { return take_content(body_, buffer_); }

net::Awaitable<Result<Content>> AgentConnection::read() {
  co_await join_watch();
  for (;;) {
    Result<Content> content = take_content(body_, buffer_);
    if (!content || !content->bytes.empty() || content->end) co_return content;
    if (half_closed_) co_return Error{ErrorCode::kClosed, "the agent ended before its content did"};
    if (!response_done_) {
      buffer_.reserve(silence_ ? kMediumBuffer : kLargeBuffer);
      stream_->set_read_deadline(after(silence_.value_or(timeouts_.body_silence)));
    }
    reading_ = true;
    Result<std::size_t> got = co_await stream_->read_some(buffer_.room());
    reading_ = false;
    if (!got) co_return got.error();
    if (*got == 0) {
      half_closed_ = clock_.mono();
      co_return Error{ErrorCode::kClosed, "the agent ended before its content did"};
    }
    buffer_.filled(*got);
  }
}

net::Awaitable<Result<void>> AgentConnection::send_continue() {
  if (!head_.expect_continue || continue_sent_ || responded_ || !buffer_.empty() || body_.done())
    co_return Result<void>{};
  continue_sent_ = true;
  stream_->set_write_deadline(after(timeouts_.write_stall));
  co_return co_await stream_->write(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
}

// RFC 9112 §6.3 toward the agent: the target's sized content stays sized; any other is chunked, or
// ends with the connection for an agent that only knows HTTP/1.0.
void AgentConnection::frame_response(ResponseHead& head) {
  no_content_ = head_.method == "HEAD" || head.status == 204 || head.status == 304;
  if (!no_content_) {
    Framing framing = head.framing == Framing::kNone ? Framing::kLength : head.framing;
    if (framing != Framing::kLength) {
      chunked_ = head_.minor_version >= 1;
      framing = chunked_ ? Framing::kChunked : Framing::kUntilClose;
      if (!chunked_) keep_alive_ = false;
    }
    set_framing(head.fields, framing, head.content_length);
  }
  if (draining_) keep_alive_ = false;
  if (!keep_alive_) {
    head.fields.set("Connection", "close");
  } else if (head_.minor_version == 0) {
    head.fields.set("Connection", "keep-alive");
  }
}

net::Awaitable<Result<void>> AgentConnection::respond(ResponseHead head, Content first) {
  // A request whose content nobody will read: what follows it on the connection is not a request.
  if (!body_.done() && head_.expect_continue && !continue_sent_) keep_alive_ = false;
  frame_response(head);
  out_.clear();
  Result<void> encoded = encode_response_head(out_, head.status, head.reason, head.fields);
  if (!encoded) co_return encoded;
  responded_ = true;
  const Fields none;
  co_return co_await write_framed(first, none);
}

net::Awaitable<Result<void>> AgentConnection::switch_protocols(ResponseHead head) {
  out_.clear();
  Result<void> encoded = encode_response_head(out_, head.status, head.reason, head.fields);
  if (!encoded) co_return encoded;
  responded_ = true;
  keep_alive_ = false;
  silence_ = timeouts_.body_silence;
  body_ = BodyDecoder(Framing::kUntilClose, 0);
  const Fields none;
  co_return co_await write_framed({}, none);
}

void AgentConnection::bear_silence(std::chrono::milliseconds most) {
  silence_ = most;
  stream_->set_read_deadline(after(most));
}

net::Awaitable<Result<void>> AgentConnection::send(Content more, const Fields& trailers) {
  out_.clear();
  return write_framed(more, trailers);
}

// Writes what is in out_, then the content as the response is framed: one gather write.
net::Awaitable<Result<void>> AgentConnection::write_framed(Content content,
                                                           const Fields& trailers) {
  if (no_content_) content.bytes = {};
  std::string tail;
  if (chunked_ && !no_content_) {
    if (!content.bytes.empty()) {
      encode_chunk_line(out_, content.bytes.size());
      tail = kChunkEnd;
    }
    if (content.end) {
      Result<void> last = encode_last_chunk(tail, trailers);
      if (!last) co_return last;
    }
  }
  if (content.end) response_done_ = true;
  const std::array<std::span<const std::byte>, 3> parts = {std::as_bytes(std::span(out_)),
                                                           std::as_bytes(std::span(content.bytes)),
                                                           std::as_bytes(std::span(tail))};
  if (out_.empty() && content.bytes.empty() && tail.empty()) co_return Result<void>{};
  stream_->set_write_deadline(after(timeouts_.write_stall));
  Result<void> written = co_await stream_->write(parts);
  if (!written) {
    response_done_ = false;
    keep_alive_ = false;
  }
  co_return written;
}

void AgentConnection::give_up() {
  abandoned_ = true;
  if (awaited_) awaited_->cancel();
}

void AgentConnection::abort() {
  keep_alive_ = false;
  closed_ = true;
  stream_->close();
}

void AgentConnection::stop_reading() {
  keep_alive_ = false;
  stream_->set_read_deadline(after(timeouts_.linger));
}

}  // namespace sallyport::http
