#include "storage/store_core.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/insist.h"
#include "core/log/log.h"

namespace sallyport::storage {

Result<StoreLock> StoreLock::take(const std::string& path) {
  StoreLock out;
  std::string name = path + ".lock";
  out.fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (out.fd_ < 0)
    return Error{ErrorCode::kUnavailable,
                 name + ": cannot be created; the folder must exist and be writable"};
  if (::flock(out.fd_, LOCK_EX | LOCK_NB) != 0)
    return Error{
        ErrorCode::kUnavailable,
        path +
            ": another broker has this store open; stop it first, or give this one a store "
            "of its own"};
  return out;
}

StoreLock::~StoreLock() {
  if (fd_ >= 0) ::close(fd_);
}

Record make_record(LeafBody body) {
  Record record;
  record.encoded = encode_body(body);
  record.body = std::move(body);
  return record;
}

Result<std::shared_ptr<StoreCore>> StoreCore::open(const StoreSettings& settings,
                                                   const Clock& clock) {
  auto ring = KeyRing::derive(settings.key, settings.previous_key);
  if (!ring) return ring.error();
  auto keys = std::make_shared<KeysInForce>(std::move(*ring));
  auto lock = StoreLock::take(settings.path);
  if (!lock) return lock.error();
  if (auto made = make_main_database(settings.path); !made) return made.error();
  auto log = std::make_unique<LogWriter>(settings.path, settings.wal_bytes, clock, keys);
  if (auto opened = log->open(true); !opened) return opened.error();
  auto hmac = log->payload_hash_key();
  if (!hmac) return hmac.error();
  auto pending = log->rotation_pending();
  if (!pending) return pending.error();
  auto run = log->begin_run();
  if (!run) return run.error();
  std::shared_ptr<StoreCore> core(
      new StoreCore(settings, clock, keys, *hmac, *run, std::move(log), std::move(*lock)));
  if (auto started = core->record_start(settings); !started) return started.error();
  core->rotation_pending_ = *pending;
  core->open_payloads();
  core->writer_ = std::thread([raw = core.get()] { raw->run(); });
  return core;
}

StoreCore::StoreCore(const StoreSettings& settings, const Clock& clock,
                     std::shared_ptr<KeysInForce> keys, const SecretKey& hmac, std::uint64_t run,
                     std::unique_ptr<LogWriter> log, StoreLock lock)
    : path_(settings.path),
      clock_(clock),
      keys_(std::move(keys)),
      hmac_(hmac),
      run_(run),
      payload_limit_(settings.session_payload_limit),
      on_payload_limit_(settings.on_payload_limit),
      lock_(std::move(lock)),
      log_(std::move(log)) {}

StoreCore::~StoreCore() { stop(); }

Result<void> StoreCore::record_start(const StoreSettings& settings) {
  auto left = log_->left_open(hmac_);
  if (!left) return left.error();
  Event start{"broker.start", settings.start_fields};
  start.fields.emplace_back("run", std::to_string(run_));
  std::vector<Record> batch;
  batch.push_back(make_record(make_event(start)));
  for (Record& record : *left) batch.push_back(std::move(record));
  std::vector<Result<EventNumber>> numbers;
  if (auto done = log_->commit(batch, numbers); !done) return done;
  leaves_ = log_->size();
  return {};
}

// Early, while descriptors are free. Where it fails, the first payload tries again and says why.
void StoreCore::open_payloads() {
  if (auto opened = log_->open_payloads(); !opened)
    log::warn("the month's payload file cannot be opened", {{"cause", opened.error().detail}});
}

void StoreCore::stop() {
  std::call_once(stopped_, [this] {
    queue_.stop();
    if (writer_.joinable()) writer_.join();
    healthy_ = false;
    log_.reset();
    lock_ = StoreLock();
  });
}

bool StoreCore::submit(Record& record) {
  if (queue_.push(record)) return true;
  settle(record.pending, "the audit store does not take records now");
  return false;
}

Pending StoreCore::submit_event(LeafBody body) {
  Record record = make_record(std::move(body));
  Pending pending = record.pending;
  submit(record);
  return pending;
}

void StoreCore::lose(Record record) {
  record.pending = Pending();
  record.owner = nullptr;
  record.repair = true;
  std::lock_guard lock(lost_mutex_);
  if (lost_.size() < kLostOutcomes) lost_.push_back(std::move(record));
}

Result<std::uint64_t> StoreCore::next_payload_id() {
  std::uint64_t n = payload_count_.fetch_add(1, std::memory_order_relaxed);
  if (n >> kRunBits != 0)
    return Error{ErrorCode::kLimit,
                 "the payload numbers of this run are used up; restart the broker"};
  return run_ << kRunBits | n;
}

void StoreCore::run() {
  for (bool more = true; more;) {
    try {
      more = turn();
    } catch (...) {
      // Nothing was taken from the queue, or the probe failed; either is done again.
      log::error("the audit store's writer ran out of memory and goes on");
    }
  }
  insist([this] { record_stop(); });
  std::vector<Record> rest;
  insist([this, &rest] { rest = queue_.close(); });
  refuse(rest, "the audit store is closed");
}

bool StoreCore::turn() {
  if (healthy_) {
    std::vector<Record> batch = queue_.take(kBatchRecords);
    if (batch.empty()) return false;
    write(std::move(batch));
    return true;
  }
  queue_.take(0, kProbeInterval);
  if (queue_.stopped()) return false;
  probe();
  return true;
}

Result<void> StoreCore::commit(std::vector<Record>& batch,
                               std::vector<Result<EventNumber>>& numbers) noexcept {
  // Short enough to need no memory.
  try {
    return log_->commit(batch, numbers);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kUnavailable, "out of memory"};
  } catch (...) {
    return Error{ErrorCode::kInternal, "an exception"};
  }
}

void StoreCore::write(std::vector<Record> batch) noexcept {
  std::vector<Result<EventNumber>> numbers;
  if (auto done = commit(batch, numbers); !done) {
    fail(std::move(batch), done.error().detail);
    return;
  }
  leaves_ = log_->size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!numbers[i]) {
      inform_owner(batch[i]);
      std::string why = "misfit";
      insist([&] { why = "the record " + numbers[i].error().detail; });
      settle(batch[i].pending, why);
    } else if (batch[i].body || batch[i].job) {
      batch[i].pending.set(std::move(numbers[i]));
    }
  }
  if (log_->suspect()) fail({}, "the database file failed after a commit");
}

void StoreCore::fail(std::vector<Record> batch, std::string_view why) noexcept {
  healthy_ = false;
  insist([&] { trouble_ = why; });
  std::vector<Record> queued;
  insist([&] { queued = queue_.close(); });
  refused_ += batch.size() + queued.size();
  insist([&] {
    log::error("the audit store cannot record; commands are refused until it can",
               {{"cause", trouble_}});
  });
  std::string refusal = "not recorded";
  insist([&] { refusal = "the audit store cannot record: " + trouble_; });
  refuse(batch, refusal);
  refuse(queued, refusal);
}

void StoreCore::refuse(const std::vector<Record>& records, std::string_view why) noexcept {
  for (const Record& record : records) inform_owner(record);
  for (const Record& record : records) settle(record.pending, why);
}

void StoreCore::inform_owner(const Record& record) noexcept {
  if (record.owner && !insist([&record] { record.owner->refused(record); }))
    log::error("out of memory: a session's recording misses that a record was refused");
}

// A coroutine waits for it: without the reason when there is no memory for one.
void StoreCore::settle(const Pending& pending, std::string_view why) noexcept {
  const bool told = insist([&] { pending.set(Error{ErrorCode::kNotRecorded, std::string(why)}); });
  if (!told) pending.set(Error{ErrorCode::kNotRecorded, {}});
}

// Tries a real record: only one that is durable shows that the store works again.
void StoreCore::probe() {
  log_->busy_timeout(kProbeBusy);
  if (log_->suspect())
    if (auto opened = log_->open(false); !opened) return;
  if (auto payloads = log_->probe_payloads(); !payloads) return;
  std::vector<Record> batch;
  batch.push_back(make_record(make_event(
      {"recovery", {{"cause", trouble_}, {"refused_records", std::to_string(refused_)}}})));
  std::size_t kept = 0;
  {
    std::lock_guard lock(lost_mutex_);
    for (const Record& record : lost_) batch.push_back(record);
    kept = lost_.size();
  }
  std::vector<Result<EventNumber>> numbers;
  if (!commit(batch, numbers) || log_->suspect()) return;
  {
    std::lock_guard lock(lost_mutex_);
    lost_.erase(lost_.begin(), lost_.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  log_->busy_timeout(kBusy);
  leaves_ = log_->size();
  refused_ = 0;
  open_payloads();
  queue_.open();
  healthy_ = true;
  log::info("the audit store records again", {{"cause", trouble_}});
}

void StoreCore::record_stop() {
  if (!healthy_) return;
  std::vector<Record> batch;
  batch.push_back(make_record(EventLeaf{"broker.stop", {}}));
  {
    std::lock_guard lock(lost_mutex_);
    for (const Record& record : lost_) batch.push_back(record);
  }
  std::vector<Result<EventNumber>> numbers;
  auto done = commit(batch, numbers);
  if (!done)
    log::error("the audit store could not record its end", {{"cause", done.error().detail}});
  leaves_ = log_->size();
  log_->close();
}

}  // namespace sallyport::storage
