#include "storage/log_writer.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include "core/insist.h"
#include "storage/limits.h"

namespace sallyport::storage {
namespace {

std::uint64_t microseconds(std::chrono::nanoseconds time) {
  auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return us < 0 ? 0 : static_cast<std::uint64_t>(us);
}

std::string random_boot() {
  std::array<unsigned char, 8> bytes{};
  require_memory(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

template <class F>
void each_payload_named(const LeafBody& body, F use) {
  if (const auto* outcome = std::get_if<OutcomeLeaf>(&body))
    for (const PayloadRef& ref : outcome->payloads) use(ref.id);
  if (const auto* chunks = std::get_if<ChunksLeaf>(&body))
    for (const PayloadRef& ref : chunks->payloads) use(ref.id);
}

}  // namespace

LogWriter::LogWriter(std::string path, std::size_t wal_bytes, const Clock& clock,
                     std::shared_ptr<const KeysInForce> keys)
    : path_(std::move(path)),
      wal_bytes_(wal_bytes),
      clock_(clock),
      keys_(std::move(keys)),
      boot_(random_boot()),
      payloads_(path_, wal_bytes) {}

Result<void> LogWriter::prepare_statements() {
  struct Entry {
    Statement* statement;
    std::string_view sql;
  };
  const Entry entries[] = {
      {&insert_leaf_, "INSERT INTO leaf(n, bytes, hashes) VALUES(?,?,?)"},
      {&insert_payload_, kInsertPayload},
      {&insert_key_,
       "INSERT OR IGNORE INTO session_key(session, key_id, store_key, wrapped) VALUES(?,1,?,?)"},
      {&read_hashes_, "SELECT hashes FROM leaf WHERE n = ?"},
      {&set_state_, "INSERT OR REPLACE INTO state(name, value) VALUES(?,?)"},
  };
  for (const Entry& entry : entries) {
    auto statement = db_.prepare(entry.sql);
    if (!statement) return statement.error();
    *entry.statement = std::move(*statement);
  }
  auto deriver = Deriver::make(db_);
  if (!deriver) return deriver.error();
  deriver_.emplace(std::move(*deriver));
  return {};
}

Result<void> LogWriter::commit(std::vector<Record>& batch,
                               std::vector<Result<EventNumber>>& numbers) {
  numbers.clear();
  try {
    if (auto chunks = write_chunks(batch); !chunks) return chunks;
  } catch (...) {
    payloads_failed_ = true;
    payloads_.close();
    throw;
  }
  try {
    if (auto leaves = write_leaves(batch, numbers); !leaves) {
      roll_back();
      return leaves;
    }
  } catch (...) {
    roll_back();
    throw;
  }
  // An error here is of the file, not of the batch, which is durable: suspect() says so.
  try {
    auto kept = wal_.after_commit(db_);
    static_cast<void>(kept.ok());
  } catch (const std::bad_alloc&) {
    // The log was not moved this time; the next commit does it.
    return {};
  }
  return {};
}

Result<void> LogWriter::write_chunks(const std::vector<Record>& batch) {
  std::vector<const SealedPayload*> chunks;
  for (const Record& record : batch)
    if (!record.body)
      for (const SealedPayload& payload : record.payloads) chunks.push_back(&payload);
  if (chunks.empty()) return {};
  if (auto done = payloads_.write(chunks, clock_.wall()); !done) {
    payloads_failed_ = true;
    return done;
  }
  for (const SealedPayload* chunk : chunks) {
    unnamed_.insert(chunk->place.id);
    highest_id_ = std::max(highest_id_, chunk->place.id);
  }
  return {};
}

Result<void> LogWriter::write_leaves(std::vector<Record>& batch,
                                     std::vector<Result<EventNumber>>& numbers) {
  Frontier frontier = frontier_;
  bool any = false;
  for (const Record& record : batch) any = any || record.body || record.job;
  if (any)
    if (auto begun = db_.exec("BEGIN IMMEDIATE"); !begun) return begun;
  for (Record& record : batch) {
    auto number = write_one(record, frontier);
    if (!number && number.error().code != ErrorCode::kInvalid) return number.error();
    numbers.push_back(std::move(number));
  }
  if (!any) return {};
  if (auto noted = note_mark(); !noted) return noted;
  if (auto done = db_.exec("COMMIT"); !done) return done;
  frontier_ = std::move(frontier);
  for (const Record& record : batch)
    if (record.body)
      each_payload_named(*record.body, [&](std::uint64_t id) { unnamed_.erase(id); });
  return {};
}

Result<EventNumber> LogWriter::write_one(Record& record, Frontier& frontier) {
  if (record.job)
    if (auto done = record.job(db_); !done) return done.error();
  if (!record.body) return EventNumber{0};
  auto number = append(record, frontier);
  // What the job wrote must not stay without its leaf.
  if (!number && record.job) return Error{ErrorCode::kInternal, number.error().detail};
  return number;
}

Result<void> LogWriter::keep_session_key(const SessionId& session, const SecretKey& key) {
  const auto keys = keys_->get();
  auto wrapped = keys->current().wrap(session_key_purpose(session, 1), key);
  if (!wrapped) return wrapped.error();
  const auto& id = session.bytes();
  insert_key_.bind_blob(1, {reinterpret_cast<const char*>(id.data()), id.size()});
  insert_key_.bind(2, std::string_view(keys->current().id())).bind_blob(3, *wrapped);
  return insert_key_.run();
}

Result<EventNumber> LogWriter::append(Record& record, Frontier& frontier) {
  if (record.repair)
    if (auto completed = complete_repair(record); !completed) return completed.error();
  LeafHeader header{frontier.size(), microseconds(clock_.wall().time_since_epoch()),
                    microseconds(clock_.mono().time_since_epoch()), boot_};
  const auto* opened = std::get_if<SessionOpenedLeaf>(&*record.body);
  if (opened != nullptr) {
    // A commit that failed late may have reached the disk after all.
    auto earlier = deriver_->session_event(opened->session);
    if (earlier) return EventNumber{*earlier};
    if (earlier.error().code != ErrorCode::kInvalid) return earlier.error();
  }
  if (auto derived = deriver_->apply(header, *record.body, record.text); !derived)
    return derived.error();
  // From here on an error ends the whole batch: the derived row is written.
  auto fatal = [](Error error) {
    if (error.code == ErrorCode::kInvalid) error.code = ErrorCode::kInternal;
    return error;
  };
  for (const SealedPayload& payload : record.payloads)
    if (auto put = insert_payload(insert_payload_, payload); !put) return fatal(put.error());
  if (opened != nullptr && record.session_key)
    if (auto kept = keep_session_key(opened->session, *record.session_key); !kept)
      return fatal(kept.error());
  std::string bytes = encode_header(header);
  bytes += record.encoded;
  std::string hashes;
  frontier.append(hasher_, bytes, hashes);
  insert_leaf_.bind(1, header.n).bind_blob(2, bytes).bind_blob(3, hashes);
  if (auto put = insert_leaf_.run(); !put) return fatal(put.error());
  return EventNumber{header.n};
}

Result<void> LogWriter::complete_repair(Record& record) {
  if (auto* outcome = std::get_if<OutcomeLeaf>(&*record.body)) {
    auto files = PayloadLookup::open(path_);
    if (!files) return files.error();
    std::vector<PayloadRef> found;
    for (const PayloadRef& ref : outcome->payloads) {
      auto payload = files->find(ref.id, false);
      if (payload) found.push_back(ref);
      if (!payload && payload.error().code != ErrorCode::kNotFound) return payload.error();
    }
    outcome->payloads = std::move(found);
    outcome->streams.clear();
    outcome->payloads_lost = true;
  }
  record.encoded = encode_body(*record.body);
  record.repair = false;
  return {};
}

Result<void> LogWriter::open_payloads() { return payloads_.open_month(clock_.wall()); }

Result<void> LogWriter::probe_payloads() {
  if (!payloads_failed_) return {};
  auto done = payloads_.probe(clock_.wall());
  payloads_failed_ = !done;
  return done;
}

// Where a start has to look for chunks that no leaf names: nothing below the mark can be one.
Result<void> LogWriter::note_mark() {
  MonoTime now = clock_.mono();
  if (highest_id_ == 0 || now - marked_at_ < kMarkInterval) return {};
  marked_at_ = now;
  std::uint64_t mark = unnamed_.empty() ? highest_id_ : *unnamed_.begin();
  return set_state("payload_mark", mark - std::min(mark, kMarkSlack));
}

void LogWriter::roll_back() {
  try {
    try_roll_back();
  } catch (const std::bad_alloc&) {
    // Closing takes back what is not committed.
    failed_ = true;
    close();
  }
}

void LogWriter::try_roll_back() {
  if (deriver_) deriver_->forget();
  if (db_.is_open() && db_.in_transaction()) {
    auto back = db_.exec("ROLLBACK");
    failed_ = failed_ || !back;
  }
  if (failed_ || suspect()) {
    close();
    return;
  }
  if (read_tail()) return;
  failed_ = true;
  close();
}

Result<Hash> LogWriter::node(unsigned level, std::uint64_t index) {
  std::uint64_t n = ((index + 1) << level) - 1;
  ResetGuard guard(read_hashes_);
  auto row = read_hashes_.bind(1, n).step();
  if (!row) return row.error();
  std::string_view hashes = *row ? read_hashes_.text(0) : std::string_view();
  Hash out;
  if (hashes.size() < (level + 1) * out.size())
    return Error{ErrorCode::kMalformed, fmt::format("event {} is missing or damaged", n)};
  std::copy_n(hashes.data() + level * out.size(), out.size(), reinterpret_cast<char*>(out.data()));
  return out;
}

std::optional<std::uint64_t> LogWriter::state(std::string_view name) {
  auto read = db_.prepare("SELECT value FROM state WHERE name = ?");
  if (!read) return std::nullopt;
  auto row = read->bind(1, name).step();
  if (!row || !*row) return std::nullopt;
  return read->number(0);
}

Result<void> LogWriter::set_state(std::string_view name, std::uint64_t value) {
  return set_state_.bind(1, name).bind(2, value).run();
}

void LogWriter::busy_timeout(std::chrono::milliseconds wait) {
  busy_ = wait;
  payloads_.busy_timeout(wait);
  if (db_.is_open()) db_.busy_timeout(wait);
}

void LogWriter::close() {
  deriver_.reset();
  for (Statement* s : {&insert_leaf_, &insert_payload_, &insert_key_, &read_hashes_, &set_state_})
    *s = Statement();
  failed_ = failed_ || db_.suspect();
  if (db_.is_open() && !db_.suspect()) {
    // Everything is in the log already: this only spares the next start work.
    try {
      auto moved = db_.checkpoint(false);
      static_cast<void>(moved.ok());
    } catch (const std::bad_alloc&) {
      failed_ = true;
    }
  }
  db_ = Database();
  payloads_.close();
}

}  // namespace sallyport::storage
