// What waits for the writer thread, bounded in number and bytes, in two lanes. Records that
// somebody waits for are due at once. Payload chunks (kPayloadDelay, kPayloadFlushBytes) and the
// ends of commands and sessions (kOutcomeDelay, kBusyOutcomeDelay) may wait for company: they cost
// a commit of a second file, which a batch of intents is spared. Each lane keeps its order, and a
// batch has all that is due at once before any that could wait, so nothing overtakes what it
// follows from. Any thread may push; the writer alone takes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/recorder.h"
#include "storage/keys.h"
#include "storage/leaf.h"
#include "storage/payload.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

struct Record;

// Whoever must know that a record did not reach the disk. Called by the writer thread, without
// locks held.
class RecordOwner {
 public:
  virtual ~RecordOwner() = default;
  virtual void refused(const Record& record) = 0;
};

// One leaf, payload chunks that a later leaf names, or a job alone, and what belongs to it.
struct Record {
  std::optional<LeafBody> body;
  std::string encoded;              // encode_body(*body), unless the writer completes the body
  std::optional<std::string> text;  // of an intent, for the derived row
  std::vector<SealedPayload>
      payloads;  // of an intent: into the main database; else into the month's file
  std::optional<SecretKey> session_key;  // of a session's opening; wrapped as it is written
  // Run in the transaction of the leaf and ahead of it, or in one of others' when there is none, on
  // the writer's connection. kInvalid: nothing was written, and the record is refused; any other
  // error fails the batch.
  std::function<Result<void>(Database&)> job;
  std::uint32_t chunk_of = 0;          // without a body: the command the chunks are of
  bool repair = false;                 // an outcome whose payloads have to be looked up again
  std::chrono::milliseconds delay{0};  // how long it may wait for company; 0: somebody waits for it
  Pending pending;
  std::shared_ptr<RecordOwner> owner;  // shared with the recording, which may be gone first

  std::size_t cost() const;         // bytes in the queue
  std::size_t chunk_bytes() const;  // of payloads for the month's file
};

class RecordQueue {
 public:
  using Room = net::OneShot<Result<void>>;

  // False: closed, or full; `record` is then untouched.
  bool push(Record& record);
  // Whether a chunk of that many bytes may be queued without eating into the reserve.
  bool has_room(std::size_t bytes) const;
  // Ready when the writer has taken records or the queue has closed.
  Room room();

  // Waits until something is due, or for `limit` at most; takes up to `most` records. Empty: the
  // time is over, or the queue is stopped and drained.
  std::vector<Record> take(std::size_t most, std::optional<std::chrono::milliseconds> limit = {});

  // Closes the queue and hands back what is in it, to be refused.
  std::vector<Record> close();
  void open();
  // Nothing is accepted any more; what is queued can still be taken.
  void stop();
  bool stopped() const;
  bool accepting() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    Record record;
    Time due;
  };
  // When the patient lane is due, as things stand.
  Time patient_due() const;
  Time next_due() const;
  void move_out(std::deque<Entry>& lane, std::size_t most, std::vector<Record>& out);
  std::size_t size() const { return urgent_.size() + patient_.size(); }
  void wake_waiters(std::unique_lock<std::mutex>& lock, const Result<void>& why);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> urgent_;
  std::deque<Entry> patient_;
  Time earliest_ = Time::max();  // of the patient lane
  Time last_urgent_{};           // when the urgent lane was last taken from
  std::size_t bytes_ = 0;
  std::size_t chunk_bytes_ = 0;
  bool hurry_ = false;  // somebody waits for room
  bool accepting_ = true;
  bool stopped_ = false;
  std::vector<Room> waiting_;
};

}  // namespace sallyport::storage
