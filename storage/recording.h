// The record of one session: encodes and encrypts on the calling I/O thread, and keeps account of
// which payload chunks no leaf names yet, so that an outcome proves its streams whole. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/recorder.h"
#include "storage/store_core.h"

namespace sallyport::storage {

class Recording final : public SessionRecording,
                        public RecordOwner,
                        public std::enable_shared_from_this<Recording> {
 public:
  static std::shared_ptr<Recording> open(std::shared_ptr<StoreCore> core,
                                         const SessionOpened& opened);

  Pending intent(CommandSeq seq, const Command& command, const Decision& decision) override;
  net::Awaitable<Result<void>> payload(CommandSeq seq, PayloadChunk chunk) override;
  Pending outcome(CommandSeq seq, const Outcome& outcome,
                  std::span<const PayloadChunk> rest) override;
  Pending close(const SessionClosed& closed) override;
  bool healthy() const override { return core_->healthy(); }

  void refused(const Record& record) override;

 private:
  // One stream of a running command.
  struct Stream {
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;
    std::string hmacs;  // of its chunks, one after the other
  };
  struct Running {
    std::vector<PayloadRef> unnamed;  // chunks that no leaf names yet
    MonoTime oldest{};                // of these
    std::map<std::string, Stream> streams;
    bool lost = false;       // a chunk did not reach the disk
    bool truncated = false;  // the event says so already
  };

  Recording(std::shared_ptr<StoreCore> core, const SessionOpened& opened);
  // What became of a piece: queued or dropped by the limit, or no room now (false).
  enum class Room { kWait, kReserve };
  Result<bool> queue_piece(std::uint32_t seq, std::string_view stream, std::string_view piece,
                           Room room);
  Result<bool> over_limit(std::uint32_t seq, Running& running, std::string_view stream);
  void name_chunks(std::uint32_t seq, Running& running);
  // Queues the opening ahead of the first record, and again after it was refused.
  bool ensure_opened();
  bool submit(Record& record);
  Result<SealedPayload> seal(std::uint32_t seq, std::string_view stream,
                             std::string_view plaintext);

  const std::shared_ptr<StoreCore> core_;  // shared with the store and its other recordings
  const SessionOpenedLeaf opened_;
  const MonoTime opened_at_;
  const SecretKey key_;

  std::mutex mutex_;
  bool needs_opening_ = true;
  bool closed_ = false;
  std::uint64_t payload_bytes_ = 0;
  std::map<std::uint32_t, Running> running_;
};

}  // namespace sallyport::storage
