// One stored record as values and as its exact bytes (grammar in docs/audit-log.md). Encoding is
// one way only: fixed member order, no white space, members that are empty or zero left out;
// decoding refuses every other way to write the same facts. Pure. The header is made by the writer
// thread, the body by the I/O thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/command.h"
#include "core/decision.h"
#include "core/ids.h"
#include "core/recorder.h"
#include "core/result.h"
#include "storage/hash.h"

namespace sallyport::storage {

// A recorded payload, proven by the leaf that names it: HMAC-SHA-256(deployment key, salt ||
// plaintext).
struct PayloadRef {
  std::uint64_t id = 0;
  std::string stream;
  std::uint64_t size = 0;
  Hash hmac{};
  bool operator==(const PayloadRef&) const = default;
};

// One stream of a command as a whole; `digest` is SHA-256 over its chunks' HMACs in order.
struct StreamTotal {
  std::string stream;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  Hash digest{};
  bool operator==(const StreamTotal&) const = default;
};

struct IntentLeaf {
  SessionId session;
  std::uint32_t seq = 0;
  std::vector<std::string> actions;
  std::vector<std::string> objects;
  std::uint64_t objects_omitted = 0;  // beyond kLeafObjects
  std::optional<Hash> payload_digest;
  Verdict verdict = Verdict::kDeny;
  std::string rule;
  std::string reason;
  std::string policy;
  std::vector<std::string> observed;
  std::string approval;
  std::vector<PayloadRef> payloads;  // all of stream "command": text and attributes
  bool operator==(const IntentLeaf&) const = default;
};

struct OutcomeLeaf {
  SessionId session;
  std::uint32_t seq = 0;
  Completion completion = Completion::kUnknown;
  std::string status;
  std::string detail;
  std::uint64_t rows = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t masked = 0;
  std::uint64_t duration_us = 0;
  std::vector<StreamTotal> streams;
  std::vector<PayloadRef> payloads;  // those that no `payload.chunks` leaf named
  bool payloads_lost = false;        // the store failed in between: `streams` covers what is left
  bool operator==(const OutcomeLeaf&) const = default;
};

struct SessionOpenedLeaf {
  SessionId session;
  std::string protocol;
  std::string target;
  std::string issuer;
  std::string subject;
  std::vector<std::string> actors;
  std::vector<std::string> groups;
  std::vector<std::string> roles;
  std::string policy;
  std::string client_address;
  std::string crypto;
  std::string auth_method;
  std::string credential_id;
  std::uint64_t expires_us = 0;
  bool operator==(const SessionOpenedLeaf&) const = default;
};

struct SessionClosedLeaf {
  SessionId session;
  std::string reason;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  bool operator==(const SessionClosedLeaf&) const = default;
};

struct LoginLeaf {
  std::string protocol;
  std::string client_address;
  std::string issuer;
  std::string subject;
  bool accepted = false;
  std::string reason;
  bool operator==(const LoginLeaf&) const = default;
};

struct ChangeLeaf {
  std::string change;  // what kind of change
  std::string subject;
  std::string before;
  std::string after;
  bool operator==(const ChangeLeaf&) const = default;
};

// Proves chunks of a command that is still running.
struct ChunksLeaf {
  SessionId session;
  std::uint32_t seq = 0;
  std::vector<PayloadRef> payloads;
  bool operator==(const ChunksLeaf&) const = default;
};

// From here on payloads of this command are not kept: the session has used up `limit`.
struct TruncatedLeaf {
  SessionId session;
  std::uint32_t seq = 0;
  std::string stream;
  std::uint64_t limit = 0;
  bool operator==(const TruncatedLeaf&) const = default;
};

// Every other kind: `broker.start`, `recovery`, `policy.loaded` …
struct EventLeaf {
  std::string kind;
  std::vector<std::pair<std::string, std::string>> fields;
  bool operator==(const EventLeaf&) const = default;
};

using LeafBody = std::variant<IntentLeaf, OutcomeLeaf, SessionOpenedLeaf, SessionClosedLeaf,
                              LoginLeaf, ChangeLeaf, ChunksLeaf, TruncatedLeaf, EventLeaf>;

struct LeafHeader {
  std::uint64_t n = 0;
  std::uint64_t time_us = 0;  // wall clock, microseconds since 1970
  std::uint64_t mono_us = 0;  // monotonic clock of the same run
  std::string boot;           // names the run of the broker: 16 hexadecimal digits
  bool operator==(const LeafHeader&) const = default;
};

struct Leaf {
  LeafHeader header;
  LeafBody body;
  bool operator==(const Leaf&) const = default;
};

// The value of `kind` in the bytes.
std::string_view kind_of(const LeafBody& body);
// True for a kind that an Event may have: [a-z][a-z0-9_.-]{0,63} and none of those with a form of
// their own.
bool is_event_kind(std::string_view kind);

// `{"n":…,"boot":"…",` and the rest of the object, without its opening brace.
std::string encode_header(const LeafHeader& header);
std::string encode_body(const LeafBody& body);
std::string encode_leaf(const Leaf& leaf);

// kMalformed: not exactly what encode_leaf writes.
Result<Leaf> decode_leaf(std::string_view bytes);

// {"text":…,"attributes":[[name,value],…]}: the plaintext of a payload of stream "command".
struct CommandText {
  std::string text;
  std::vector<Attribute> attributes;
};
std::string encode_command(std::string_view text, const std::vector<Attribute>& attributes);
Result<CommandText> decode_command(std::string_view bytes);

// Make well-formed, bounded bodies of what the core says.
IntentLeaf make_intent(const SessionId& session, CommandSeq seq, const Command& command,
                       const Decision& decision);
OutcomeLeaf make_outcome(const SessionId& session, CommandSeq seq, const Outcome& outcome);
SessionOpenedLeaf make_session_opened(const SessionOpened& opened);
SessionClosedLeaf make_session_closed(const SessionId& session, const SessionClosed& closed);
LoginLeaf make_login(const Login& login);
ChangeLeaf make_change(const Change& change);
EventLeaf make_event(const Event& event);

}  // namespace sallyport::storage
