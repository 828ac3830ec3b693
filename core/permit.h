// The right to send one command to its target, and the right to send what follows it. Only the Gate
// makes a Permit, after the command was decided and its intent recorded; only a Permit opens a
// StreamPermit. Both stay on the thread of the connection they were made for.
#pragma once

#include <memory>

#include "core/ids.h"
#include "core/record_payloads.h"
#include "core/recorder.h"

namespace sallyport {

class Gate;
class Session;
class SessionPolicy;

// May send the bytes that follow a command until it is revoked: by a kill, by the expiry of the
// token, or by a store that can no longer record.
class StreamPermit {
 public:
  StreamPermit(StreamPermit&&) = default;
  StreamPermit& operator=(StreamPermit&&) = default;

  // Why no byte may be sent any more, or success.
  Result<void> check() const;

 private:
  friend class Permit;
  explicit StreamPermit(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  std::shared_ptr<Session>
      session_;  // shared with the other connections and permits of the session
};

class Permit {
 public:
  Permit(Permit&&) = default;
  Permit& operator=(Permit&&) = delete;
  // A permit that goes away without finish() records the outcome as aborted.
  ~Permit();

  CommandSeq seq() const { return seq_; }
  Session& session() const { return *session_; }
  // By which the command was admitted, and whose masks hold for what comes back.
  const SessionPolicy& policy() const { return *policy_; }

  // What is kept of this command's payloads: as the session's roles say, else as the target does.
  RecordPayloads payloads() const;

  // With `durability: overlapped` the intent may still be on its way to the disk while the command
  // is sent; the response is held until this returns. At once with write-ahead.
  net::Awaitable<Result<EventNumber>> durable() const;

  StreamPermit open_stream() const;

  // Keeps bytes of this command. See SessionRecording::payload().
  net::Awaitable<Result<void>> record(PayloadChunk chunk) const;

  // Records how the command came out. Need not be awaited.
  Pending finish(const Outcome& outcome);

 private:
  friend class Gate;
  Permit(std::shared_ptr<Session> session, std::shared_ptr<const SessionPolicy> policy,
         CommandSeq seq, Pending intent);
  std::shared_ptr<Session> session_;             // shared with the connections of the session
  std::shared_ptr<const SessionPolicy> policy_;  // shared with the session's other permits
  CommandSeq seq_;
  Pending intent_;
  bool finished_ = false;
};

}  // namespace sallyport
