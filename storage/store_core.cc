#include "storage/store_core.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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
  auto key = StoreKey::derive(settings.key);
  if (!key) return key.error();
  auto lock = StoreLock::take(settings.path);
  if (!lock) return lock.error();
  if (auto made = make_main_database(settings.path); !made) return made.error();
  auto log = std::make_unique<LogWriter>(settings.path, settings.wal_bytes, clock);
  if (auto opened = log->open(true); !opened) return opened.error();
  auto hmac = log->payload_hash_key(*key);
  if (!hmac) return hmac.error();
  auto run = log->begin_run();
  if (!run) return run.error();
  std::shared_ptr<StoreCore> core(new StoreCore(settings, clock, std::move(*key), *hmac, *run,
                                                std::move(log), std::move(*lock)));
  if (auto started = core->record_start(settings); !started) return started.error();
  core->writer_ = std::thread([raw = core.get()] { raw->run(); });
  return core;
}

StoreCore::StoreCore(const StoreSettings& settings, const Clock& clock, StoreKey key,
                     const SecretKey& hmac, std::uint64_t run, std::unique_ptr<LogWriter> log,
                     StoreLock lock)
    : clock_(clock),
      key_(std::move(key)),
      hmac_(hmac),
      run_(run),
      payload_limit_(settings.session_payload_limit),
      on_payload_limit_(settings.on_payload_limit),
      lock_(std::move(lock)),
      log_(std::move(log)) {}

StoreCore::~StoreCore() { stop(); }

Result<void> StoreCore::record_start(const StoreSettings& settings) {
  auto left = log_->left_open(key_, hmac_);
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
  record.pending.set(Error{ErrorCode::kNotRecorded, "the audit store does not take records now"});
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
  while (true) {
    if (healthy_) {
      std::vector<Record> batch = queue_.take(kBatchRecords);
      if (batch.empty()) break;
      write(std::move(batch));
    } else {
      queue_.take(0, kProbeInterval);
      if (queue_.stopped()) break;
      probe();
    }
  }
  record_stop();
  std::vector<Record> rest = queue_.close();
  refuse(rest, {ErrorCode::kNotRecorded, "the audit store is closed"});
}

void StoreCore::write(std::vector<Record> batch) {
  std::vector<Result<EventNumber>> numbers;
  if (auto done = log_->commit(batch, numbers); !done) {
    fail(std::move(batch), done.error());
    return;
  }
  leaves_ = log_->size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!numbers[i]) {
      if (batch[i].owner) batch[i].owner->refused(batch[i]);
      batch[i].pending.set(
          Error{ErrorCode::kNotRecorded, "the record " + numbers[i].error().detail});
    } else if (batch[i].body) {
      batch[i].pending.set(std::move(numbers[i]));
    }
  }
  if (log_->suspect())
    fail({}, {ErrorCode::kUnavailable, "the database file failed after a commit"});
}

void StoreCore::fail(std::vector<Record> batch, const Error& why) {
  healthy_ = false;
  trouble_ = why.detail;
  std::vector<Record> queued = queue_.close();
  refused_ += batch.size() + queued.size();
  log::error("the audit store cannot record; commands are refused until it can",
             {{"cause", trouble_}});
  Error refusal{ErrorCode::kNotRecorded, "the audit store cannot record: " + why.detail};
  refuse(batch, refusal);
  refuse(queued, refusal);
}

void StoreCore::refuse(std::vector<Record>& records, const Error& why) {
  for (Record& record : records)
    if (record.owner) record.owner->refused(record);
  for (Record& record : records) record.pending.set(why);
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
  auto done = log_->commit(batch, numbers);
  if (!done || log_->suspect()) return;
  {
    std::lock_guard lock(lost_mutex_);
    lost_.erase(lost_.begin(), lost_.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  log_->busy_timeout(kBusy);
  leaves_ = log_->size();
  log::info("the audit store records again", {{"cause", trouble_}});
  refused_ = 0;
  queue_.open();
  healthy_ = true;
}

void StoreCore::record_stop() {
  if (!healthy_) return;
  std::vector<Record> batch;
  batch.push_back(make_record(EventLeaf{"broker.stop", {}}));
  {
    std::lock_guard lock(lost_mutex_);
    for (Record& record : lost_) batch.push_back(std::move(record));
    lost_.clear();
  }
  std::vector<Result<EventNumber>> numbers;
  auto done = log_->commit(batch, numbers);
  if (!done)
    log::error("the audit store could not record its end", {{"cause", done.error().detail}});
  leaves_ = log_->size();
  log_->close();
}

}  // namespace sallyport::storage
