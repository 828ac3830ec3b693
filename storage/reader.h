// The audit store, read: for the command line, with or without a running broker, on the live file
// or on a copy. It never writes to the store. Rows have the columns of INTERFACE.md section 6; an
// absent optional is SQL NULL. One thread at a time; several readers may be open at once. Errors:
// kNotFound (no such store or session), kMalformed (damaged, or altered so that it cannot be read),
// kUnauthenticated (no key, or not the key the payload was encrypted with).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "core/ids.h"
#include "core/result.h"
#include "storage/limits.h"

namespace sallyport::storage {

struct SessionRow {
  std::string id;
  std::string started_at;  // ISO 8601, as in the view
  std::optional<std::string> ended_at;
  std::optional<std::string> end_reason;
  std::string protocol;
  std::string target;
  std::string issuer;
  std::string subject;
  std::optional<std::string> actor;
  std::string groups;  // JSON array of text
  std::string roles;   // JSON array of text
  std::string client_address;
  std::string auth_method;
  std::uint64_t commands = 0;
  std::uint64_t denied = 0;
  std::uint64_t masked = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

struct CommandRow {
  std::uint64_t event = 0;
  std::string session_id;
  std::uint64_t seq = 0;
  std::string time;
  std::string subject;
  std::optional<std::string> actor;
  std::string target;
  std::string protocol;
  std::string action;               // JSON array of text
  std::string objects;              // JSON array of "type:name"
  std::optional<std::string> text;  // NULL after erasure
  std::string decision;
  std::optional<std::string> rule;
  std::optional<std::string> reason;
  std::optional<std::string> approval_id;
  std::optional<std::string> status;  // NULL: denied, or not over yet
  std::optional<std::uint64_t> rows;
  std::optional<std::uint64_t> bytes_in;
  std::optional<std::uint64_t> bytes_out;
  std::optional<std::uint64_t> masked;
  std::optional<double> duration_ms;
};

// A sealed secret that is in force. Its value is nowhere in a reader's reach.
struct SecretRow {
  std::string name;
  std::uint64_t version = 0;
  std::string kind;
  WallTime created{};  // its first version since it was last removed
  WallTime rotated{};  // the version in force
  std::string by;      // who set that
};

// What limits a listing; empty members do not. Text members match exactly, or by the shell's `*`
// and `?`.
struct SessionQuery {
  std::optional<WallTime> from;  // started at or after
  std::optional<WallTime> to;    // started before
  std::string subject;
  std::string target;
  bool live_only = false;
  std::uint64_t limit = 100;
  std::uint64_t offset = 0;
};

struct CommandQuery {
  std::optional<WallTime> from;
  std::optional<WallTime> to;
  std::optional<SessionId> session;
  std::string subject;
  std::string target;
  std::string action;    // one of the nine names: commands that have it in their set
  std::string object;    // "table:public.orders"
  std::string decision;  // allow, approve, deny
  std::string rule;
  std::string text;  // a part of the command's text, ASCII letters in either case
  bool oldest_first = false;
  std::uint64_t limit = 100;
  std::uint64_t offset = 0;
  // Only events above this number: what `sessions tail` asks again and again.
  std::optional<std::uint64_t> after_event;
};

// One identity that was ever seen, or that was disabled before it was.
struct PrincipalRow {
  std::optional<std::string> issuer;  // NULL: disabled for every issuer, and never seen
  std::string subject;
  std::string state;  // "active" or "disabled"
  std::optional<std::string> first_seen;
  std::optional<std::string> last_seen;
  std::string groups;   // JSON array of text: those of its last session
  std::string roles;    // likewise
  std::string targets;  // JSON array of text: all it had sessions on
  std::optional<std::string> auth_method;
  std::uint64_t sessions = 0;
  std::uint64_t denied = 0;  // commands
  std::uint64_t failed_logins = 0;
  std::optional<std::string> last_failed_login;
  std::optional<std::string> disabled_at;
  std::optional<std::string> disabled_by;
  std::optional<std::string> disabled_reason;
};

// What gave an identity a role on a target, when last it was used.
struct GrantRow {
  std::string issuer;
  std::string subject;
  std::string target;
  std::string role;
  std::string via;  // "group agents", "subject agent-7"
  std::string last_used;
};

struct PrincipalQuery {
  std::string subject;  // exactly, or by `*` and `?`
  std::string issuer;
  std::optional<WallTime> unused_since;  // active ones that were not seen at or after this time
  bool disabled_only = false;
  std::uint64_t limit = 1'000;
  std::uint64_t offset = 0;
};

// An order that shuts an identity out; an empty issuer stands for every issuer.
struct AccessOrder {
  std::string subject;
  std::string issuer;
  WallTime since{};
  std::string by;
  std::string reason;
};

// One decrypted piece of a command, as it went over the wire.
struct ReplayChunk {
  std::string stream;  // "request.head", "response.body" …
  // Since the session was opened.
  std::chrono::microseconds offset{0};
  std::string bytes;
};

// What the policy saw of a command; enough to decide again.
struct CommandFacts {
  std::string text;
  std::vector<Attribute> attributes;
};

struct Problem {
  std::optional<std::uint64_t> event;  // absent when no event can be named
  std::string what;
};

struct VerifyOptions {
  bool tree_only = false;  // leaf bytes, hashes and numbers; no derived tables, no payloads
  std::size_t problems = kProblems;
};

struct VerifyReport {
  bool ok = false;
  std::uint64_t leaves = 0;
  std::string root;                   // hex
  std::uint64_t payloads = 0;         // compared with their hash in a leaf
  std::uint64_t payloads_sealed = 0;  // present, not opened: no key was given
  std::uint64_t payloads_erased = 0;
  std::vector<Problem> problems;  // in the order of the events
  std::vector<Problem> notes;     // worth a look, and not wrong: the wall clock was set
};

struct SnapshotReport {
  std::vector<std::string> files;  // paths written, the main database first
};

// One leaf as stored.
struct LeafRow {
  std::uint64_t event = 0;
  std::string bytes;
};

// A ticket that has uses left.
struct TicketRow {
  std::uint64_t event = 0;                                  // that issued it
  std::vector<std::pair<std::string, std::string>> issued;  // its fields
  std::uint64_t uses_left = 0;
  std::string target;  // bound by now, or empty
};

class StoreReader {
 public:
  // The keys are those of StoreSettings, needed during open() only; without one payloads stay
  // closed.
  static Result<std::unique_ptr<StoreReader>> open(const std::string& path,
                                                   std::optional<std::string_view> key = {},
                                                   std::string_view previous_key = {});
  ~StoreReader();
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;

  // Newest first.
  Result<std::vector<SessionRow>> sessions(const SessionQuery& query);
  Result<SessionRow> session(const SessionId& id);
  // Newest first unless the query says otherwise.
  Result<std::vector<CommandRow>> commands(const CommandQuery& query);

  // By subject and issuer.
  Result<std::vector<PrincipalRow>> principals(const PrincipalQuery& query);
  Result<std::vector<GrantRow>> grants(const std::string& subject);
  // All that are in force: what a broker starts with.
  Result<std::vector<AccessOrder>> access_orders();

  Result<CommandFacts> facts(const SessionId& session, CommandSeq seq);
  // Calls `take` for each recorded chunk of the command in the order of recording; stops when it
  // returns false.
  Result<void> replay(const SessionId& session, CommandSeq seq,
                      const std::function<bool(const ReplayChunk&)>& take);

  // By name.
  Result<std::vector<SecretRow>> secrets();
  // When a session last began to use a credential, by reference ("secret:crm").
  Result<std::map<std::string, WallTime>> credential_uses();

  // Leaves with numbers from `first` on, at most `limit`.
  Result<std::vector<LeafRow>> leaves(std::uint64_t first, std::uint64_t limit);

  // Those that are not over at `now`, oldest first.
  Result<std::vector<TicketRow>> tickets(WallTime now);

  Result<VerifyReport> verify(const VerifyOptions& options = {});

  // Copies the store to a new main database at `path` and payload files beside it, while the broker
  // goes on. The copy verifies like the original and can be read from read-only media. Refuses to
  // overwrite.
  Result<SnapshotReport> snapshot(const std::string& path);

  struct Impl;

 private:
  explicit StoreReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::storage
