#include "storage/record_queue.h"

#include "core/insist.h"
#include "storage/limits.h"

namespace sallyport::storage {

std::size_t Record::cost() const {
  std::size_t out = sizeof(Record) + encoded.size() + (text ? text->size() : 0);
  for (const SealedPayload& payload : payloads) out += sizeof(SealedPayload) + payload.blob.size();
  return out;
}

std::size_t Record::chunk_bytes() const {
  std::size_t out = 0;
  if (!body)
    for (const SealedPayload& payload : payloads) out += payload.size;
  return out;
}

bool RecordQueue::push(Record& record) {
  std::size_t cost = record.cost();
  std::lock_guard lock(mutex_);
  if (!accepting_ || size() >= kQueueRecords || bytes_ + cost > kQueueBytes) return false;
  const Time before = next_due();
  const Time due = std::chrono::steady_clock::now() + record.delay;
  const bool patient = record.delay.count() != 0;
  std::deque<Entry>& lane = patient ? patient_ : urgent_;
  const std::size_t chunk_bytes = record.chunk_bytes();
  Entry entry{std::move(record), due};
  try {
    lane.push_back(std::move(entry));
  } catch (const std::bad_alloc&) {
    record = std::move(entry.record);
    throw;
  }
  bytes_ += cost;
  chunk_bytes_ += chunk_bytes;
  if (patient) earliest_ = std::min(earliest_, due);
  if (next_due() < before) changed_.notify_one();
  return true;
}

bool RecordQueue::has_room(std::size_t bytes) const {
  std::lock_guard lock(mutex_);
  return size() + kBatchRecords < kQueueRecords && bytes_ + bytes + kQueueReserve < kQueueBytes;
}

RecordQueue::Room RecordQueue::room() {
  Room out;
  std::lock_guard lock(mutex_);
  if (!accepting_) {
    out.set(Error{ErrorCode::kNotRecorded, "the audit store does not take records"});
  } else if (size() == 0) {
    out.set(Result<void>());
  } else {
    waiting_.push_back(out);
    hurry_ = true;
    changed_.notify_one();
  }
  return out;
}

// While intents keep coming, what can wait is left for a later batch, but not for long.
RecordQueue::Time RecordQueue::patient_due() const {
  if (patient_.empty()) return Time::max();
  if (hurry_ || stopped_ || chunk_bytes_ >= kPayloadFlushBytes) return Time::min();
  const Time calm = last_urgent_ + kOutcomeDelay;
  return std::max(earliest_, std::min(calm, earliest_ + kBusyOutcomeDelay));
}

RecordQueue::Time RecordQueue::next_due() const {
  return urgent_.empty() ? patient_due() : urgent_.front().due;
}

void RecordQueue::wake_waiters(std::unique_lock<std::mutex>& lock, const Result<void>& why) {
  std::vector<Room> waiting = std::move(waiting_);
  waiting_.clear();
  lock.unlock();
  // The text of the reason is dropped rather than somebody left waiting.
  for (const Room& room : waiting)
    if (!insist([&] { room.set(why); })) room.set(Error{ErrorCode::kNotRecorded, {}});
}

void RecordQueue::move_out(std::deque<Entry>& lane, std::size_t most, std::vector<Record>& out) {
  for (; most > 0 && !lane.empty(); --most) {
    Record& record = lane.front().record;
    bytes_ -= record.cost();
    chunk_bytes_ -= record.chunk_bytes();
    out.push_back(std::move(record));
    lane.pop_front();
  }
}

std::vector<Record> RecordQueue::take(std::size_t most,
                                      std::optional<std::chrono::milliseconds> limit) {
  const Time end = limit ? std::chrono::steady_clock::now() + *limit : Time::max();
  std::vector<Record> out;
  std::unique_lock lock(mutex_);
  Time now = std::chrono::steady_clock::now();
  while (next_due() > now && now < end && !stopped_) {
    const Time until = std::min(end, next_due());
    if (until == Time::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, until);
    }
    now = std::chrono::steady_clock::now();
  }
  if (most == 0 || size() == 0 || (next_due() > now && !stopped_)) return out;
  const bool patient = patient_due() <= now;
  out.reserve(std::min(most, size()));
  if (!urgent_.empty()) last_urgent_ = now;
  move_out(urgent_, most, out);
  if (patient && urgent_.empty()) {
    move_out(patient_, most - out.size(), out);
    hurry_ = false;
    earliest_ = Time::max();
    for (const Entry& entry : patient_) earliest_ = std::min(earliest_, entry.due);
  }
  wake_waiters(lock, {});
  return out;
}

std::vector<Record> RecordQueue::close() {
  std::vector<Record> out;
  std::unique_lock lock(mutex_);
  accepting_ = false;
  out.reserve(size());  // before anything is moved out that a failure would lose
  move_out(urgent_, urgent_.size(), out);
  move_out(patient_, patient_.size(), out);
  hurry_ = false;
  earliest_ = Time::max();
  wake_waiters(lock, Error{ErrorCode::kNotRecorded, "the audit store does not take records"});
  return out;
}

void RecordQueue::open() {
  std::lock_guard lock(mutex_);
  accepting_ = !stopped_;
}

void RecordQueue::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  accepting_ = false;
  changed_.notify_all();
  wake_waiters(lock, Error{ErrorCode::kNotRecorded, "the audit store is being closed"});
}

bool RecordQueue::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

bool RecordQueue::accepting() const {
  std::lock_guard lock(mutex_);
  return accepting_;
}

}  // namespace sallyport::storage
