#include "storage/record_queue.h"

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
  if (!accepting_ || entries_.size() >= kQueueRecords || bytes_ + cost > kQueueBytes) return false;
  bytes_ += cost;
  chunk_bytes_ += record.chunk_bytes();
  Time when = std::chrono::steady_clock::now() + record.delay;
  bool sooner = when < earliest_ || chunk_bytes_ >= kPayloadFlushBytes;
  earliest_ = std::min(earliest_, when);
  entries_.push_back({std::move(record), when});
  if (sooner) changed_.notify_one();
  return true;
}

bool RecordQueue::has_room(std::size_t bytes) const {
  std::lock_guard lock(mutex_);
  return entries_.size() + kBatchRecords < kQueueRecords &&
         bytes_ + bytes + kQueueReserve < kQueueBytes;
}

RecordQueue::Room RecordQueue::room() {
  Room out;
  std::lock_guard lock(mutex_);
  if (!accepting_) {
    out.set(Error{ErrorCode::kNotRecorded, "the audit store does not take records"});
  } else if (entries_.empty()) {
    out.set(Result<void>());
  } else {
    waiting_.push_back(out);
    earliest_ = Time::min();
    changed_.notify_one();
  }
  return out;
}

bool RecordQueue::due(Time now) const {
  if (stopped_) return true;
  return !entries_.empty() && (earliest_ <= now || chunk_bytes_ >= kPayloadFlushBytes);
}

void RecordQueue::wake_waiters(std::unique_lock<std::mutex>& lock, const Result<void>& why) {
  std::vector<Room> waiting = std::move(waiting_);
  waiting_.clear();
  lock.unlock();
  for (const Room& room : waiting) room.set(why);
}

std::vector<Record> RecordQueue::take(std::size_t most,
                                      std::optional<std::chrono::milliseconds> limit) {
  Time end = limit ? std::chrono::steady_clock::now() + *limit : Time::max();
  std::vector<Record> out;
  std::unique_lock lock(mutex_);
  for (Time now = std::chrono::steady_clock::now(); !due(now) && now < end;
       now = std::chrono::steady_clock::now()) {
    Time until = entries_.empty() ? end : std::min(end, earliest_);
    if (until == Time::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, until);
    }
  }
  if (!due(std::chrono::steady_clock::now())) return out;
  std::size_t count = std::min(most, entries_.size());
  out.reserve(count);
  for (; count > 0; --count) {
    Record& record = entries_.front().record;
    bytes_ -= record.cost();
    chunk_bytes_ -= record.chunk_bytes();
    out.push_back(std::move(record));
    entries_.pop_front();
  }
  earliest_ = Time::max();
  for (const Entry& entry : entries_) earliest_ = std::min(earliest_, entry.due);
  wake_waiters(lock, {});
  return out;
}

std::vector<Record> RecordQueue::close() {
  std::vector<Record> out;
  std::unique_lock lock(mutex_);
  accepting_ = false;
  for (Entry& entry : entries_) out.push_back(std::move(entry.record));
  entries_.clear();
  bytes_ = chunk_bytes_ = 0;
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
