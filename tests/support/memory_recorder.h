// An audit store in memory, for tests of what is recorded and when. It can be told to fail, and to
// hold durability back until release() is called.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "core/recorder.h"

namespace sallyport::test {

class MemoryRecorder final : public Recorder {
 public:
  struct Record {
    std::string kind;  // "open", "intent", "outcome", "close", "event", "login", "change"
    SessionId session;
    CommandSeq seq{};
    Command command;
    Decision decision;
    Outcome outcome;
    SessionClosed closed;
    SessionOpened opened;
    Event event;
    Login login;
    Change change;
  };
  struct Payload {
    SessionId session;
    CommandSeq seq;
    std::string stream;
    std::string bytes;
  };

  std::shared_ptr<SessionRecording> open_session(const SessionOpened& opened) override;
  Pending event(const Event& event) override;
  Pending login(const Login& login) override;
  Pending change(const Change& change) override;
  bool healthy() const override;

  void fail(bool on);         // every later append is refused
  void fail_events(bool on);  // every later event() is
  void hold(bool on);         // every later append waits for release()
  void release();             // what was held is durable, or refused when told to fail

  std::vector<Record> records() const;
  std::vector<Record> of_kind(const std::string& kind) const;
  std::vector<Payload> payloads() const;
  // All bytes of one stream of one command.
  std::string bytes(CommandSeq seq, const std::string& stream) const;
  // True when the text stands anywhere in what was recorded.
  bool contains(const std::string& text) const;

 private:
  class Recording;
  Pending append(Record record);
  mutable std::mutex mutex_;
  std::vector<Record> records_;
  std::vector<Payload> payloads_;
  std::deque<std::pair<Pending, EventNumber>> held_;
  bool failing_ = false;
  bool failing_events_ = false;
  bool holding_ = false;
};

}  // namespace sallyport::test
