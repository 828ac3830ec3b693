// The request's content on its way to the target, and how an exchange ends.
#include "core/metrics.h"
#include "protocols/http/peer.h"
#include "protocols/http/problem.h"
#include "protocols/http/relay.h"
#include "protocols/http/websocket_handshake.h"

namespace sallyport::http {

// Runs beside the wait for the response, so that each direction flows at its own pace.
net::Awaitable<void> Relay::upload(std::shared_ptr<Relay> self) {
  try {
    co_await self->upload_content();
  } catch (const std::bad_alloc&) {
    self->fail(Side::kBroker, {ErrorCode::kInternal, "out of memory"});
    self->connection_->cancel();
  }
  self->uploaded_->set(true);
}

net::Awaitable<void> Relay::upload_content() {
  Result<void> going = co_await exchange_.send_continue();
  while (going) {
    Result<Content> content = co_await exchange_.read();
    if (!content) {
      fail(Side::kAgent, content.error());
      connection_->cancel();
      break;
    }
    bytes_in_ += content->bytes.size();
    if (keeps_bodies()) {
      const bool recorded = co_await record_content("request.body", request_kept_, *content);
      if (!recorded) {
        connection_->cancel();
        break;
      }
    }
    // A target that takes no more may still answer (RFC 9112 §9.5): the answer's reader decides.
    const Fields trailers = content->end ? trailers_for_target() : Fields();
    going = co_await connection_->send(stream_permit_, *content, trailers);
    if (content->end) break;
  }
  if (Result<void> allowed = stream_permit_.check(); !allowed) connection_->cancel();
}

// Returns when no coroutine but this one uses the relay. A response that is complete before the
// request's content is ends the upload: the target wants no more of it.
net::Awaitable<void> Relay::join_upload() {
  if (!uploaded_) co_return;
  if (!uploaded_->ready()) {
    const std::optional<Failure> before = failure_;
    exchange_.stop_reading();
    connection_->cancel();
    co_await uploaded_->wait();
    failure_ = before;  // what the upload met after the exchange was over is of no account
  }
}

net::Awaitable<void> Relay::answer_failure() {
  // Overlapped: an answer of ours, too, waits for the record of what it answers.
  const Result<EventNumber> durable = co_await admitted_.permit.durable();
  if (!durable) failure_ = Failure{Side::kBroker, durable.error()};
  const Side side = failure_->side;
  const Error& error = failure_->error;
  if (side == Side::kTarget) services_.metrics.upstream_error("http");
  if (error.code == ErrorCode::kNotRecorded) services_.metrics.not_recorded();
  const bool gone = exchange_.abandoned() || !session_.live() ||
                    (side == Side::kAgent && error.code == ErrorCode::kClosed);
  if (exchange_.responded() || gone) {
    exchange_.abort();
    co_return;
  }
  Problem problem;
  if (side == Side::kCredential) {
    problem = problem_without_credential(session_.id().to_string());
  } else if (side == Side::kMasks) {
    problem = problem_withheld(error.detail, session_.id().to_string());
  } else if (side != Side::kAgent) {
    problem = problem_for_upstream(error, session_.id().to_string());
  } else {
    problem = problem_for_wire(error.code == ErrorCode::kTimeout ? 408 : 400, error.detail);
    exchange_.stop_reading();
  }
  Fields extra;
  // RFC 6455 §4.2.2.
  if (side == Side::kAgent && error.code == ErrorCode::kUnsupported)
    extra.add("Sec-WebSocket-Version", std::string(kWebSocketVersion));
  status_ = std::to_string(problem.status);
  Result<void> sent = co_await respond_with(exchange_, problem, session_.id().to_string(), extra);
  if (!sent) exchange_.abort();
}

Outcome Relay::outcome() const {
  Outcome out;
  out.status = status_;
  out.bytes_in = bytes_in_;
  out.bytes_out = bytes_out_;
  out.masked = masked_ + (filter_ ? filter_->masked() : 0);
  out.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(services_.clock.mono() - started_);
  if (!failure_) return out;
  const bool not_ours = failure_->side == Side::kTarget || failure_->side == Side::kCredential;
  out.completion = not_ours ? Completion::kFailed : Completion::kAborted;
  out.detail = failure_->error.detail;
  if (!session_.live()) {
    out.completion = Completion::kAborted;
    out.detail = "the session ended: " + session_.end_reason();
  } else if (exchange_.abandoned()) {
    out.completion = Completion::kAborted;
    out.detail = "the agent went away";
  }
  return out;
}

}  // namespace sallyport::http
