#include "storage/recording.h"

#include "core/insist.h"
#include "storage/limits.h"
#include "storage/text.h"

namespace sallyport::storage {
namespace {

Error not_recorded(std::string detail) { return {ErrorCode::kNotRecorded, std::move(detail)}; }

Pending refusal(Error why) {
  Pending pending;
  pending.set(std::move(why));
  return pending;
}

Hash digest_of(std::string_view hmacs) {
  // Fetching the algorithm costs more than the sum.
  thread_local Hasher hasher;
  return hasher.sum({hmacs});
}

}  // namespace

Recording::Recording(std::shared_ptr<StoreCore> core, const SessionOpened& opened)
    : core_(std::move(core)),
      opened_(make_session_opened(opened)),
      opened_at_(core_->clock().mono()),
      key_(SecretKey::random()) {}

std::shared_ptr<Recording> Recording::open(std::shared_ptr<StoreCore> core,
                                           const SessionOpened& opened) {
  std::shared_ptr<Recording> out(new Recording(std::move(core), opened));
  std::lock_guard lock(out->mutex_);
  out->ensure_opened();
  return out;
}

bool Recording::ensure_opened() {
  if (!needs_opening_) return true;
  Record record = make_record(opened_);
  record.session_key = key_;
  needs_opening_ = !submit(record);
  return !needs_opening_;
}

bool Recording::submit(Record& record) {
  record.owner = shared_from_this();
  return core_->submit(record);
}

Result<SealedPayload> Recording::seal(std::uint32_t seq, std::string_view stream,
                                      std::string_view plaintext) {
  auto id = core_->next_payload_id();
  if (!id) return id.error();
  auto offset =
      std::chrono::duration_cast<std::chrono::microseconds>(core_->clock().mono() - opened_at_);
  return seal_payload({*id, opened_.session, seq, std::string(stream),
                       static_cast<std::uint64_t>(std::max<std::int64_t>(0, offset.count()))},
                      plaintext, key_, core_->hmac());
}

Pending Recording::intent(CommandSeq seq, const Command& command, const Decision& decision) {
  IntentLeaf leaf = make_intent(opened_.session, seq, command, decision);
  // Keyed, because a digest alone would let a value of few possibilities be guessed.
  if (command.payload_digest)
    leaf.payload_digest = core_->hmac().sum({as_text(*command.payload_digest)});
  std::string text = clean_text(command.text, kCommandBytes);
  std::string plain = encode_command(text, command.attributes);
  if (plain.size() > 2 * kCommandBytes)
    return refusal(not_recorded("the command's facts are larger than the audit store keeps"));
  Record record;
  for (std::size_t at = 0; at < plain.size(); at += kChunkBytes) {
    auto sealed = seal(leaf.seq, "command", std::string_view(plain).substr(at, kChunkBytes));
    if (!sealed) return refusal(not_recorded(sealed.error().detail));
    leaf.payloads.push_back(reference_to(*sealed));
    record.payloads.push_back(std::move(*sealed));
  }
  record.text = std::move(text);
  record.body = std::move(leaf);
  record.encoded = encode_body(*record.body);
  Pending pending = record.pending;
  std::lock_guard lock(mutex_);
  if (closed_ || !ensure_opened()) {
    pending.set(not_recorded(closed_ ? "the session is closed"
                                     : "the audit store does not take records now"));
    return pending;
  }
  if (running_.contains(to_number(seq))) {
    pending.set(not_recorded("the session has a command of this number"));
    return pending;
  }
  // First, because it may fail where nothing is queued yet.
  auto running = running_.try_emplace(to_number(seq)).first;
  if (!submit(record) || decision.verdict == Verdict::kDeny) running_.erase(running);
  return pending;
}

net::Awaitable<Result<void>> Recording::payload(CommandSeq seq, PayloadChunk chunk) {
  std::shared_ptr<Recording> self = shared_from_this();
  std::string_view rest = as_text(chunk.bytes);
  while (!rest.empty()) {
    std::string_view piece = rest.substr(0, kChunkBytes);
    Result<bool> queued = self->queue_piece(to_number(seq), chunk.stream, piece, Room::kWait);
    if (!queued) co_return queued.error();
    if (*queued) {
      rest.remove_prefix(piece.size());
      continue;
    }
    RecordQueue::Room room = self->core_->queue().room();
    Result<void> free = co_await room.wait();
    if (!free) co_return free.error();
  }
  co_return Result<void>();
}

Result<bool> Recording::queue_piece(std::uint32_t seq, std::string_view stream,
                                    std::string_view piece, Room room) {
  std::lock_guard lock(mutex_);
  auto found = running_.find(seq);
  if (found == running_.end()) return not_recorded("the command's intent is not recorded");
  Running& running = found->second;
  if (running.lost || !core_->queue().accepting())
    return not_recorded("the audit store lost a part of this command");
  std::uint64_t left = core_->payload_limit() - std::min(core_->payload_limit(), payload_bytes_);
  if (left == 0) return over_limit(seq, running, stream);
  if (room == Room::kWait && !core_->queue().has_room(piece.size())) return false;
  std::string_view kept = piece.substr(0, left);
  auto sealed = seal(seq, clean_text(stream, kLeafName), kept);
  if (!sealed) return not_recorded(sealed.error().detail);
  PayloadRef ref = reference_to(*sealed);
  Record record;
  record.payloads.push_back(std::move(*sealed));
  record.delay = kPayloadDelay;
  record.chunk_of = seq;
  // Until the chunk is counted: out of memory in between, the outcome has to look it up again.
  running.lost = true;
  if (!submit(record)) {
    running.lost = false;
    return not_recorded("the audit store does not take records now");
  }
  payload_bytes_ += kept.size();
  Stream& total = running.streams[ref.stream];
  ++total.chunks;
  total.bytes += kept.size();
  total.hmacs += as_text(ref.hmac);
  if (running.unnamed.empty()) running.oldest = core_->clock().mono();
  running.unnamed.push_back(std::move(ref));
  running.lost = false;
  name_chunks(seq, running);
  if (kept.size() < piece.size()) return over_limit(seq, running, stream);
  return true;
}

// The session has used up what it may keep: says so in the log once per command.
Result<bool> Recording::over_limit(std::uint32_t seq, Running& running, std::string_view stream) {
  if (!running.truncated) {
    Record record = make_record(
        TruncatedLeaf{opened_.session, seq, clean_text(stream, kLeafName), core_->payload_limit()});
    if (!submit(record)) return not_recorded("the audit store does not take records now");
    running.truncated = true;
  }
  if (core_->on_payload_limit() == OnPayloadLimit::kTruncate) return true;
  return Error{ErrorCode::kLimit, "the session's limit of recorded bytes is reached"};
}

// A long command is proven as it goes.
void Recording::name_chunks(std::uint32_t seq, Running& running) {
  bool many = running.unnamed.size() >= kChunksPerLeaf;
  if (!many && core_->clock().mono() - running.oldest < kChunksLeafAge) return;
  Record record = make_record(ChunksLeaf{opened_.session, seq, running.unnamed});
  record.delay = kPayloadDelay;
  if (submit(record)) running.unnamed.clear();
}

Pending Recording::outcome(CommandSeq seq, const Outcome& outcome,
                           std::span<const PayloadChunk> rest) {
  for (const PayloadChunk& chunk : rest) {
    const std::string_view bytes = as_text(chunk.bytes);
    // What cannot be queued is missed by the outcome, or was dropped by the limit.
    for (std::size_t at = 0; at < bytes.size(); at += kChunkBytes)
      static_cast<void>(
          queue_piece(to_number(seq), chunk.stream, bytes.substr(at, kChunkBytes), Room::kReserve));
  }
  OutcomeLeaf leaf = make_outcome(opened_.session, seq, outcome);
  std::lock_guard lock(mutex_);
  auto found = running_.find(leaf.seq);
  if (found == running_.end()) return refusal(not_recorded("the command's intent is not recorded"));
  const Running& running = found->second;
  Record record;
  record.repair = running.lost;
  for (const auto& [stream, total] : running.streams)
    leaf.streams.push_back({stream, total.chunks, total.bytes, digest_of(total.hmacs)});
  leaf.payloads = running.unnamed;
  record.body = std::move(leaf);
  record.encoded = encode_body(*record.body);
  record.delay = kOutcomeDelay;
  Pending pending = record.pending;
  if (!submit(record)) core_->lose(std::move(record));
  // Last: out of memory on the way here, the caller may try again.
  running_.erase(found);
  return pending;
}

Pending Recording::close(const SessionClosed& closed) {
  std::lock_guard lock(mutex_);
  if (closed_) return refusal(not_recorded("the session is closed"));
  // Neither its opening nor anything else of it was recorded, so there is no end to record.
  if (needs_opening_) {
    closed_ = true;
    return refusal(not_recorded("the session's opening is not recorded"));
  }
  Record record = make_record(make_session_closed(opened_.session, closed));
  record.delay = kOutcomeDelay;  // in the lane of the outcomes, which it follows
  Pending pending = record.pending;
  if (!submit(record)) core_->lose(std::move(record));
  closed_ = true;
  return pending;
}

// Can be repeated after it threw.
void Recording::refused(const Record& record) {
  std::lock_guard lock(mutex_);
  if (!record.body) {
    running_[record.chunk_of].lost = true;
    return;
  }
  if (std::get_if<SessionOpenedLeaf>(&*record.body) != nullptr) {
    needs_opening_ = true;
  } else if (const auto* intent = std::get_if<IntentLeaf>(&*record.body)) {
    running_.erase(intent->seq);
  } else if (const auto* chunks = std::get_if<ChunksLeaf>(&*record.body)) {
    std::vector<PayloadRef> unnamed = chunks->payloads;
    std::vector<PayloadRef>& later = running_[chunks->seq].unnamed;
    unnamed.insert(unnamed.end(), later.begin(), later.end());
    later = std::move(unnamed);
  } else if (const auto* cut = std::get_if<TruncatedLeaf>(&*record.body)) {
    if (auto running = running_.find(cut->seq); running != running_.end())
      running->second.truncated = false;
  } else if (const auto* outcome = std::get_if<OutcomeLeaf>(&*record.body)) {
    OutcomeLeaf repaired = *outcome;
    auto stashed = running_.find(outcome->seq);
    if (stashed != running_.end()) {
      auto& refs = stashed->second.unnamed;
      repaired.payloads.insert(repaired.payloads.begin(), refs.begin(), refs.end());
    }
    Record again;
    again.body = std::move(repaired);
    core_->lose(std::move(again));
    if (stashed != running_.end()) running_.erase(stashed);
  } else if (std::get_if<SessionClosedLeaf>(&*record.body) != nullptr && !needs_opening_) {
    core_->lose(record);
  }
}

}  // namespace sallyport::storage
