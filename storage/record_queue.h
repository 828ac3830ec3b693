// What waits for the writer thread, bounded in number and bytes. Records leave in the order they
// came. Most are due at once; payload chunks may wait for company (kPayloadDelay,
// kPayloadFlushBytes) and outcomes a moment (kOutcomeDelay), so that one commit serves several. Any
// thread may push; the writer alone takes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/recorder.h"
#include "storage/leaf.h"
#include "storage/payload.h"

namespace sallyport::storage {

struct Record;

// Whoever must know that a record did not reach the disk. Called by the writer thread, without
// locks held.
class RecordOwner {
 public:
  virtual ~RecordOwner() = default;
  virtual void refused(const Record& record) = 0;
};

// One leaf, or payload chunks that a later leaf names, and what belongs to it.
struct Record {
  std::optional<LeafBody> body;
  std::string encoded;              // encode_body(*body), unless the writer completes the body
  std::optional<std::string> text;  // of an intent, for the derived row
  std::vector<SealedPayload>
      payloads;                // of an intent: into the main database; else into the month's file
  std::string wrapped_key;     // of a session's opening …
  std::string store_key;       // … and the id of the key it is wrapped with
  std::uint32_t chunk_of = 0;  // without a body: the command the chunks are of
  bool repair = false;         // an outcome whose payloads have to be looked up again
  std::chrono::milliseconds delay{0};  // how long it may wait for company
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

  // Waits until something is due, or for `limit` at most; takes up to `most` records in order.
  // Empty: the time is over, or the queue is stopped and drained.
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
  bool due(Time now) const;
  void wake_waiters(std::unique_lock<std::mutex>& lock, const Result<void>& why);

  struct Entry {
    Record record;
    Time due;
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  Time earliest_ = Time::max();
  std::size_t bytes_ = 0;
  std::size_t chunk_bytes_ = 0;
  bool accepting_ = true;
  bool stopped_ = false;
  std::vector<Room> waiting_;
};

}  // namespace sallyport::storage
