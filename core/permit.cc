#include "core/permit.h"

#include "core/insist.h"
#include "core/session.h"

namespace sallyport {

Result<void> StreamPermit::check() const {
  if (!session_->live())
    return Error{ErrorCode::kRevoked, "the session has ended: " + session_->end_reason()};
  if (!session_->recording().healthy())
    return Error{ErrorCode::kNotRecorded, "the audit store cannot take records"};
  return {};
}

Permit::Permit(std::shared_ptr<Session> session, std::shared_ptr<const SessionPolicy> policy,
               CommandSeq seq, Pending intent)
    : session_(std::move(session)),
      policy_(std::move(policy)),
      seq_(seq),
      intent_(std::move(intent)) {}

Permit::~Permit() {
  if (!session_ || finished_) return;
  // Maybe because memory ran out.
  insist([this] {
    Outcome outcome;
    outcome.completion = Completion::kAborted;
    outcome.detail = "the exchange ended before its outcome was known";
    finish(outcome);
  });
}

RecordPayloads Permit::payloads() const {
  return policy_->record_payloads().value_or(session_->target().audit.record_payloads);
}

net::Awaitable<Result<EventNumber>> Permit::durable() const { return intent_.wait(); }

StreamPermit Permit::open_stream() const { return StreamPermit(session_); }

net::Awaitable<Result<void>> Permit::record(PayloadChunk chunk) const {
  return session_->recording().payload(seq_, chunk);
}

Pending Permit::finish(const Outcome& outcome) {
  Pending recorded = session_->recording().outcome(seq_, outcome);
  finished_ = true;
  session_->count_bytes(outcome.bytes_in, outcome.bytes_out);
  return recorded;
}

}  // namespace sallyport
