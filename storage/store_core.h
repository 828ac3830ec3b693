// What the store and its recordings share: keys, the queue, the writer thread and the state of its
// health. Any thread, unless a function says otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "storage/keys.h"
#include "storage/log_writer.h"
#include "storage/record_queue.h"
#include "storage/store.h"

namespace sallyport::storage {

// Keeps a second broker off the store; released when the process ends, however it ends.
class StoreLock {
 public:
  // kUnavailable: somebody holds it.
  static Result<StoreLock> take(const std::string& path);
  StoreLock() = default;
  StoreLock(StoreLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  StoreLock& operator=(StoreLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~StoreLock();

 private:
  int fd_ = -1;
};

class StoreCore {
 public:
  static Result<std::shared_ptr<StoreCore>> open(const StoreSettings& settings, const Clock& clock);
  ~StoreCore();
  StoreCore(const StoreCore&) = delete;
  StoreCore& operator=(const StoreCore&) = delete;

  void stop();
  bool healthy() const { return healthy_; }
  std::uint64_t leaves() const { return leaves_; }

  // Queues the record; when it cannot be, its pending is refused and the result false.
  bool submit(Record& record);
  const std::string& path() const { return path_; }
  // A record without an owner, from an event.
  Pending submit_event(LeafBody body);
  // An end that could not be recorded: written once the store works again.
  void lose(Record record);

  RecordQueue& queue() { return queue_; }
  const Clock& clock() const { return clock_; }
  KeysInForce& keys() { return *keys_; }
  const HmacKey& hmac() const { return hmac_; }
  // Keys are still to be wrapped anew.
  std::atomic<bool>& rotation_pending() { return rotation_pending_; }
  // kLimit: the numbers of this run are used up.
  Result<std::uint64_t> next_payload_id();
  std::uint64_t payload_limit() const { return payload_limit_; }
  OnPayloadLimit on_payload_limit() const { return on_payload_limit_; }

 private:
  StoreCore(const StoreSettings& settings, const Clock& clock, std::shared_ptr<KeysInForce> keys,
            const SecretKey& hmac, std::uint64_t run, std::unique_ptr<LogWriter> log,
            StoreLock lock);
  // All of these on the writer thread, or before it runs.
  Result<void> record_start(const StoreSettings& settings);
  void open_payloads();
  void run();
  bool turn();  // false: the end
  // What is noexcept resolves every pending it is given, also when memory runs out.
  Result<void> commit(std::vector<Record>& batch,
                      std::vector<Result<EventNumber>>& numbers) noexcept;
  void write(std::vector<Record> batch) noexcept;
  void fail(std::vector<Record> batch, std::string_view why) noexcept;
  void probe();
  void record_stop();
  static void refuse(const std::vector<Record>& records, std::string_view why) noexcept;
  static void inform_owner(const Record& record) noexcept;
  static void settle(const Pending& pending, std::string_view why) noexcept;

  const std::string path_;
  const Clock& clock_;
  const std::shared_ptr<KeysInForce> keys_;  // shared with the log
  const HmacKey hmac_;
  const std::uint64_t run_;
  const std::uint64_t payload_limit_;
  const OnPayloadLimit on_payload_limit_;
  StoreLock lock_;
  std::unique_ptr<LogWriter> log_;
  RecordQueue queue_;
  std::atomic<bool> healthy_{true};
  std::atomic<bool> rotation_pending_{false};
  std::atomic<std::uint64_t> leaves_{0};
  std::atomic<std::uint64_t> payload_count_{0};
  std::mutex lost_mutex_;
  std::vector<Record> lost_;
  std::string trouble_;        // why the store is not healthy
  std::uint64_t refused_ = 0;  // records since then
  std::once_flag stopped_;
  std::thread writer_;
};

Record make_record(LeafBody body);

}  // namespace sallyport::storage
