// The port to the audit store (implemented in storage/). Everything the broker lets happen is told
// here first. Appends are queued in the order of the calls on one recording and reach the disk in
// that order; each returns a Pending that is ready once the record is durable (or refused). All
// functions may be called from any I/O thread; none blocks on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/ids.h"
#include "core/masking.h"
#include "core/net/awaitable.h"
#include "core/net/one_shot.h"
#include "core/principal.h"
#include "core/result.h"
#include "core/target.h"

namespace sallyport {

// Ready when durable: the leaf's number, or kNotRecorded.
using Pending = net::OneShot<Result<EventNumber>>;

struct SessionOpened {
  SessionId id;
  Principal principal;
  std::string target;
  std::string protocol;
  std::vector<std::string> roles;
  std::string policy_id;
  std::string client_address;
  std::string crypto;  // downstream TLS or SSH version and cipher; empty: plain
};

struct SessionClosed {
  std::string
      reason;  // "idle", "expired", "killed", "logout", "shutdown", "unknown" after a crash …
  std::uint64_t bytes_in = 0;   // agent to target
  std::uint64_t bytes_out = 0;  // target to agent
};

// How a command came out. A denied command has none: its intent says all.
enum class Completion {
  kComplete,  // the target answered and the agent got all of it
  kFailed,    // the broker or the target failed before there was an answer
  kAborted,   // cut short: the agent went away, the session was killed, a limit was reached
  kUnknown,   // the broker stopped in between; written at the next start
};

std::string_view to_string(Completion completion);

struct Outcome {
  Completion completion = Completion::kComplete;
  std::string status;  // the protocol's own: "200", "UPDATE 3", "exit 1", SQLSTATE
  std::string detail;  // for kFailed and kAborted: why, for people
  std::uint64_t rows = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t masked = 0;  // values masked on the way back
  std::chrono::microseconds duration{0};
};

// An event outside the commands: type in the vocabulary of docs/audit-log.md ("login",
// "broker.start", "config.loaded", "policy.loaded", "watchdog" …) and its facts in a fixed order.
// Values are text; none may hold a secret.
struct Event {
  std::string type;
  std::vector<std::pair<std::string, std::string>> fields;
};

// An attempt to prove an identity, accepted or not.
struct Login {
  std::string protocol;
  std::string client_address;
  std::string issuer;
  std::string subject;  // as claimed when refused; may be empty
  bool accepted = false;
  std::string reason;
};

// A change of configuration, policy, secrets or access.
struct Change {
  std::string kind;
  std::string subject;  // by whom: a person of admin.users, or "process" for the start and SIGHUP
  std::string before;
  std::string after;
};

// Which side made a payload, and what it is for replay: "request.head", "request.body",
// "response.head", "response.body"; other protocols add names.
struct PayloadChunk {
  std::string_view stream;
  std::span<const std::byte> bytes;
  TextFormat format = TextFormat::kPlain;  // of the stream, for those who redact it
  bool end = false;                        // of the stream, where that is known
};

// The record of one session, with the session's own encryption key. Thread-safe, because an HTTP
// session may have connections on several threads.
class SessionRecording {
 public:
  virtual ~SessionRecording() = default;

  // Facts and decision of one command; `text` and attributes go to an encrypted payload.
  virtual Pending intent(CommandSeq seq, const Command& command, const Decision& decision) = 0;

  // Queues bytes of a command for encryption and storage; durable within 250 ms or 64 KiB. Waits
  // only while the writer's queue is full. kNotRecorded: the store cannot take it, stop the stream.
  // kLimit: the session's payload limit is reached and the configuration says to end the command;
  // when it says to truncate, the result is success and the record has a `truncated` event.
  virtual net::Awaitable<Result<void>> payload(CommandSeq seq, PayloadChunk chunk) = 0;

  // Ends the command. Its payloads are durable with it; `rest` are the last of them, a few KiB that
  // are queued without a wait.
  virtual Pending outcome(CommandSeq seq, const Outcome& outcome,
                          std::span<const PayloadChunk> rest) = 0;
  Pending outcome(CommandSeq seq, const Outcome& out) { return outcome(seq, out, {}); }

  virtual Pending close(const SessionClosed& closed) = 0;

  // The credentials that the session works with from here on, to be overwritten in all that follows
  // (RedactingRecorder). A recording of what is redacted already has no use for it.
  virtual void guard(const std::shared_ptr<const Masking>&) {}

  // False while the store cannot take records: running streams are revoked.
  virtual bool healthy() const = 0;
};

class Recorder {
 public:
  virtual ~Recorder() = default;

  // The leaf of the opening is queued ahead of anything the recording appends, so that a durable
  // intent implies a durable opening.
  virtual std::shared_ptr<SessionRecording> open_session(const SessionOpened& opened) = 0;
  virtual Pending event(const Event& event) = 0;
  virtual Pending login(const Login& login) = 0;
  virtual Pending change(const Change& change) = 0;

  // False while the store cannot take records: nothing new is admitted.
  virtual bool healthy() const = 0;
};

}  // namespace sallyport
