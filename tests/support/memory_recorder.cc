#include "tests/support/memory_recorder.h"

namespace sallyport::test {

class MemoryRecorder::Recording final : public SessionRecording {
 public:
  Recording(MemoryRecorder& store, SessionId id) : store_(store), id_(id) {}

  Pending intent(CommandSeq seq, const Command& command, const Decision& decision) override {
    Record record{.kind = "intent", .session = id_, .seq = seq};
    record.command = command;
    record.decision = decision;
    return store_.append(std::move(record));
  }

  net::Awaitable<Result<void>> payload(CommandSeq seq, PayloadChunk chunk) override {
    std::lock_guard lock(store_.mutex_);
    if (store_.failing_) co_return Error{ErrorCode::kNotRecorded, "told to fail"};
    keep(seq, chunk);
    co_return Result<void>{};
  }

  Pending outcome(CommandSeq seq, const Outcome& outcome,
                  std::span<const PayloadChunk> rest) override {
    Record record{.kind = "outcome", .session = id_, .seq = seq};
    record.outcome = outcome;
    {
      std::lock_guard lock(store_.mutex_);
      for (const PayloadChunk& chunk : rest) keep(seq, chunk);
    }
    return store_.append(std::move(record));
  }

  Pending close(const SessionClosed& closed) override {
    Record record{.kind = "close", .session = id_};
    record.closed = closed;
    return store_.append(std::move(record));
  }

  bool healthy() const override { return store_.healthy(); }

 private:
  void keep(CommandSeq seq, const PayloadChunk& chunk) {
    std::string bytes(reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size());
    store_.payloads_.push_back({id_, seq, std::string(chunk.stream), std::move(bytes)});
  }

  MemoryRecorder& store_;
  SessionId id_;
};

Pending MemoryRecorder::append(Record record) {
  std::lock_guard lock(mutex_);
  Pending pending;
  if (failing_) {
    pending.set(Error{ErrorCode::kNotRecorded, "told to fail"});
    return pending;
  }
  EventNumber number{records_.size()};
  records_.push_back(std::move(record));
  if (holding_) {
    held_.emplace_back(pending, number);
  } else {
    pending.set(number);
  }
  return pending;
}

std::shared_ptr<SessionRecording> MemoryRecorder::open_session(const SessionOpened& opened) {
  Record record{.kind = "open", .session = opened.id};
  record.opened = opened;
  append(std::move(record));
  return std::make_shared<Recording>(*this, opened.id);
}

void MemoryRecorder::fail_events(bool on) {
  std::lock_guard lock(mutex_);
  failing_events_ = on;
}

Pending MemoryRecorder::event(const Event& event) {
  {
    std::lock_guard lock(mutex_);
    if (failing_events_) {
      Pending refused;
      refused.set(Error{ErrorCode::kNotRecorded, "the test says so"});
      return refused;
    }
  }
  Record record{.kind = "event"};
  record.event = event;
  return append(std::move(record));
}

Pending MemoryRecorder::login(const Login& login) {
  Record record{.kind = "login"};
  record.login = login;
  return append(std::move(record));
}

Pending MemoryRecorder::change(const Change& change) {
  Record record{.kind = "change"};
  record.change = change;
  return append(std::move(record));
}

bool MemoryRecorder::healthy() const {
  std::lock_guard lock(mutex_);
  return !failing_;
}

void MemoryRecorder::fail(bool on) {
  std::lock_guard lock(mutex_);
  failing_ = on;
}

void MemoryRecorder::hold(bool on) {
  std::lock_guard lock(mutex_);
  holding_ = on;
}

void MemoryRecorder::release() {
  std::deque<std::pair<Pending, EventNumber>> held;
  bool failing = false;
  {
    std::lock_guard lock(mutex_);
    held.swap(held_);
    failing = failing_;
  }
  for (auto& [pending, number] : held) {
    Result<EventNumber> result = number;
    if (failing) result = Error{ErrorCode::kNotRecorded, "told to fail"};
    pending.set(std::move(result));
  }
}

std::vector<MemoryRecorder::Record> MemoryRecorder::records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

std::vector<MemoryRecorder::Record> MemoryRecorder::of_kind(const std::string& kind) const {
  std::vector<Record> out;
  for (const Record& r : records())
    if (r.kind == kind) out.push_back(r);
  return out;
}

std::vector<MemoryRecorder::Payload> MemoryRecorder::payloads() const {
  std::lock_guard lock(mutex_);
  return payloads_;
}

std::string MemoryRecorder::bytes(CommandSeq seq, const std::string& stream) const {
  std::string out;
  for (const Payload& p : payloads())
    if (p.seq == seq && p.stream == stream) out += p.bytes;
  return out;
}

bool MemoryRecorder::contains(const std::string& text) const {
  auto has = [&](const std::string& s) { return s.find(text) != std::string::npos; };
  for (const Payload& p : payloads())
    if (has(p.bytes)) return true;
  for (const Record& r : records()) {
    for (const Attribute& a : r.command.attributes)
      if (has(a.name) || has(a.value)) return true;
    for (const Object& o : r.command.objects)
      if (has(o.name)) return true;
    for (const auto& [name, value] : r.event.fields)
      if (has(value)) return true;
    if (has(r.command.text) || has(r.decision.reason) || has(r.outcome.detail) ||
        has(r.outcome.status) || has(r.closed.reason) || has(r.login.reason) ||
        has(r.login.subject) || has(r.opened.client_address) || has(r.change.before) ||
        has(r.change.after))
      return true;
  }
  return false;
}

}  // namespace sallyport::test
