#include "protocols/http/target_connection.h"

#include "protocols/http/encoder.h"

namespace sallyport::http {

TargetConnection::TargetConnection(std::unique_ptr<Upstream> upstream, BufferCache& buffers,
                                   const TargetTimeouts& timeouts, const Clock& clock, bool reused)
    : upstream_(std::move(upstream)),
      timeouts_(timeouts),
      clock_(clock),
      buffer_(buffers),
      reused_(reused),
      silence_(timeouts.idle) {}

void TargetConnection::cancel() {
  cancelled_ = true;
  upstream_->close();
}

// What stands before and after the content on the wire.
void TargetConnection::frame(Content& content, const Fields& trailers, std::string& line,
                             std::string& tail) {
  if (content.end) sent_all_ = true;
  if (!chunked_) return;
  if (!content.bytes.empty()) {
    encode_chunk_line(line, content.bytes.size());
    tail = kChunkEnd;
  }
  if (!content.end) return;
  // Trailers that could not be written safely are dropped (RFC 9110 §6.5.1 allows it), never the
  // end.
  if (Result<void> last = encode_last_chunk(tail, trailers); !last)
    (void)encode_last_chunk(tail, Fields());
}

net::Awaitable<Result<void>> TargetConnection::send_head(const Permit& permit,
                                                         std::string_view head, Framing framing,
                                                         Content first, const Fields& trailers) {
  chunked_ = framing == Framing::kChunked;
  std::string line;
  std::string tail;
  frame(first, trailers, line, tail);
  const std::array<std::span<const std::byte>, 4> parts = {
      std::as_bytes(std::span(head)), std::as_bytes(std::span(line)),
      std::as_bytes(std::span(first.bytes)), std::as_bytes(std::span(tail))};
  upstream_->set_write_deadline(after(timeouts_.response));
  co_return co_await upstream_->send(permit, parts);
}

net::Awaitable<Result<void>> TargetConnection::send(const StreamPermit& permit, Content more,
                                                    const Fields& trailers) {
  std::string line;
  std::string tail;
  frame(more, trailers, line, tail);
  const std::array<std::span<const std::byte>, 3> parts = {std::as_bytes(std::span(line)),
                                                           std::as_bytes(std::span(more.bytes)),
                                                           std::as_bytes(std::span(tail))};
  upstream_->set_write_deadline(after(timeouts_.response));
  Result<void> sent = co_await upstream_->send(permit, parts);
  // The wait for the answer begins with the end of the request.
  if (sent && !head_read_) upstream_->set_read_deadline(after(timeouts_.response));
  co_return sent;
}

net::Awaitable<Result<void>> TargetConnection::fill() {
  Result<std::size_t> got = co_await upstream_->read_some(buffer_.room());
  if (!got) co_return got.error();
  if (*got == 0) {
    clean_end_ = true;
    co_return Error{ErrorCode::kClosed, "the target closed the connection"};
  }
  answered_ = true;
  buffer_.filled(*got);
  co_return Result<void>{};
}

net::Awaitable<Result<ResponseHead>> TargetConnection::read_head(std::string method,
                                                                 bool may_switch) {
  buffer_.reserve(kMediumBuffer);
  upstream_->set_read_deadline(after(timeouts_.response));
  HeadDecoder decoder;
  for (int interim = 0; interim <= kInterimResponses;) {
    Step<ResponseHead> step = decoder.response(buffer_.view(), method);
    if (step.error) co_return Error{ErrorCode::kMalformed, step.error->detail};
    if (!step.done) {
      if (buffer_.room().empty() && !buffer_.reserve(buffer_.capacity() + 1))
        co_return Error{ErrorCode::kLimit, "the target's response head is too large"};
      Result<void> filled = co_await fill();
      if (!filled) co_return filled.error();
      continue;
    }
    buffer_.consume(step.done->used);
    ResponseHead& head = step.done->message;
    switched_ = head.status == 101;
    if (switched_ && !may_switch)
      co_return Error{ErrorCode::kUnsupported, "the target switched protocols unasked"};
    if (head.status < 200 && !switched_) {
      ++interim;
      continue;
    }
    head_read_ = true;
    const Framing framing = switched_ ? Framing::kUntilClose : head.framing;
    keep_alive_ = head.keep_alive && framing != Framing::kUntilClose;
    body_ = BodyDecoder(framing, head.content_length);
    co_return std::move(head);
  }
  co_return Error{ErrorCode::kLimit, "the target sent only interim responses"};
}

Result<Content> TargetConnection::read_arrived() { return take_content(body_, buffer_); }

net::Awaitable<Result<Content>> TargetConnection::read() {
  for (;;) {
    Result<Content> content = take_content(body_, buffer_);
    if (!content || !content->bytes.empty() || content->end) co_return content;
    buffer_.reserve(switched_ ? kMediumBuffer : kLargeBuffer);
    upstream_->set_read_deadline(after(silence_));
    Result<void> filled = co_await fill();
    if (filled) continue;
    if (filled.error().code != ErrorCode::kClosed || cancelled_) co_return filled.error();
    // Content that ends with the connection is whole only after a clean end: a reset, or TLS cut
    // without close_notify, is none.
    Result<void> allowed = body_.at_close();
    if (!allowed || !clean_end_) co_return filled.error();
    co_return Content{{}, true};
  }
}

void TargetConnection::bear_silence(std::chrono::milliseconds most) {
  silence_ = most;
  upstream_->set_read_deadline(after(most));
}

std::unique_ptr<Upstream> TargetConnection::release_if_reusable() {
  if (!sent_all_ || !head_read_ || !keep_alive_ || cancelled_ || !body_.done() || !buffer_.empty())
    return nullptr;
  return std::move(upstream_);
}

}  // namespace sallyport::http
