// One principal working on one target. Opened by the SessionRegistry, which is the only structure
// that crosses threads: `sessions kill`, a drain and the expiry of a token reach a session's
// connections through it. A Session is shared by the connections and permits that work for it; all
// of it is thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/credential_use.h"
#include "core/ids.h"
#include "core/net/awaitable.h"
#include "core/policy.h"
#include "core/principal.h"
#include "core/recorder.h"
#include "core/target.h"

namespace sallyport {

class Session {
 public:
  Session(SessionId id, Principal principal, std::shared_ptr<const Target> target,
          std::string client_address, std::shared_ptr<const SessionPolicy> policy,
          std::shared_ptr<SessionRecording> recording, WallTime opened_at);

  const SessionId& id() const { return id_; }
  const Principal& principal() const { return principal_; }
  const Target& target() const { return *target_; }
  const std::string& client_address() const { return client_address_; }
  WallTime opened_at() const { return opened_at_; }
  SessionRecording& recording() const { return *recording_; }

  // The policy of this session in the version in force: bound anew when `current` is another one
  // than last time. Null when the new version gives the principal no role here any more.
  std::shared_ptr<const SessionPolicy> policy(const Policy& current);
  // The same without looking for a newer version: what the last command was judged by.
  std::shared_ptr<const SessionPolicy> last_policy() const;
  std::vector<std::string> roles() const;

  CommandSeq next_seq() { return CommandSeq{++commands_}; }
  std::uint32_t commands() const { return commands_; }
  void count_denied() { ++denied_; }
  std::uint32_t denied() const { return denied_; }
  void count_bytes(std::uint64_t in, std::uint64_t out);
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

  CredentialUse& credential_use() { return credential_use_; }
  // What comes back from the target passes this before it goes to the agent: it overwrites the
  // credentials that were put in. Null when none was.
  std::shared_ptr<const Masking> guard() const { return credential_use_.guard(); }

  // Why the session ended, or empty while it is live.
  std::string end_reason() const;
  bool live() const { return !ended_; }

  // Called on `executor` when the session ends while attached, at most once: closes what is in
  // flight. The Attachment must go away on the same thread.
  class Attachment {
   public:
    Attachment() = default;
    Attachment(Attachment&& other) noexcept;
    Attachment& operator=(Attachment&& other) noexcept;
    ~Attachment();
    // A connection that stays attached between commands rests then: a session whose attachments all
    // rest is idle.
    void rest(bool resting);

   private:
    friend class Session;
    struct Entry;
    std::shared_ptr<Entry> entry_;      // shared with a close that is on its way to the executor
    std::shared_ptr<Session> session_;  // shared as above
  };
  static Attachment attach(const std::shared_ptr<Session>& session, net::Executor executor,
                           std::function<void()> close);

  // Used by the registry.
  bool end(const std::string& reason);  // false: had ended before
  void touch(MonoTime now) { last_used_ = now.time_since_epoch().count(); }
  // A transaction is open at the target: such a session may be idle for less long.
  void set_in_transaction(bool open) { in_transaction_ = open; }
  bool in_transaction() const { return in_transaction_; }
  MonoTime last_used() const { return MonoTime(MonoTime::duration(last_used_.load())); }
  std::size_t attachments() const;
  std::size_t working() const;  // of these, those that do not rest

 private:
  const SessionId id_;
  const Principal principal_;
  const std::shared_ptr<const Target> target_;  // shared with the configuration it came from
  const std::string client_address_;
  const WallTime opened_at_;
  const std::shared_ptr<SessionRecording> recording_;

  CredentialUse credential_use_;
  mutable std::mutex mutex_;
  std::shared_ptr<const SessionPolicy> policy_;
  std::string bound_policy_id_;  // of the version policy_ was bound in, also when that gave no role
  std::vector<std::string> roles_;
  std::string end_reason_;
  std::list<std::shared_ptr<Attachment::Entry>> attached_;

  std::atomic<bool> ended_{false};
  std::atomic<bool> in_transaction_{false};
  std::atomic<std::uint32_t> commands_{0};
  std::atomic<std::uint32_t> denied_{0};
  std::atomic<std::uint64_t> bytes_in_{0};
  std::atomic<std::uint64_t> bytes_out_{0};
  std::atomic<MonoTime::rep> last_used_{0};
};

// What becomes of a session whose credential is over (expired, or its key withdrawn).
enum class TokenEnd {
  kEnd,     // it ends
  kFinish,  // what is in flight finishes, within the session's other limits; nothing new begins
};

struct SessionLimits {
  std::uint32_t sessions = 10'000;
  std::uint32_t sessions_per_subject = 100;
  std::chrono::seconds idle = std::chrono::minutes(30);
  std::chrono::seconds session = std::chrono::hours(8);
  TokenEnd when_token_ends = TokenEnd::kEnd;
  // With a transaction open, which holds locks against everybody else.
  std::chrono::seconds idle_in_transaction = std::chrono::minutes(10);
};

// Whether who has a session may still have it. What it rests on changes seldom, so that a session
// is judged once per version. Thread-safe.
class Standing {
 public:
  virtual ~Standing() = default;
  // Grows whenever an answer of lost() may have changed.
  virtual std::uint64_t version() const = 0;
  struct Loss {
    std::string reason;       // of the session's end: "disabled", "role_removed" …
    bool may_finish = false;  // SessionLimits::when_token_ends has a say
  };
  virtual std::optional<Loss> lost(Session& session) const = 0;
};

struct SessionRequest {
  Principal principal;
  std::shared_ptr<const Target> target;
  std::string client_address;
  std::string crypto;
  // A shorter idle bound than the target's or the deployment's; HTTP sessions end five minutes
  // after their last request.
  std::optional<std::chrono::seconds> idle;
};

class SessionRegistry {
 public:
  SessionRegistry(Recorder& recorder, const PolicySource& policy, const Clock& clock,
                  SessionLimits limits);
  ~SessionRegistry();

  // kDenied: no role of the principal opens this target. kLimit: too many sessions. kNotRecorded:
  // the store is down. A refusal is durable as a `session.refused` event before this returns; an
  // opening is queued only: the first admitted command makes it durable.
  net::Awaitable<Result<std::shared_ptr<Session>>> open(SessionRequest request);

  // Ends the session and tells what is attached to it. Its end is recorded once nothing is attached
  // any more, by this call or by the next sweep(). False: not live.
  bool end(const SessionId& id, const std::string& reason);
  void end_all(const std::string& reason);
  // The same for every live session that `matches`; how many there were. Connections close on their
  // own threads at once.
  std::size_t end_where(const std::function<bool(const Session&)>& matches,
                        const std::string& reason);

  // Ends what is over: idle without a working attachment for `limits.idle` or for the session's own
  // idle bound, older than `limits.session`, token expired, standing lost. Records the end of what
  // has ended and is no longer attached. Called by a timer several times a second, and by a drain
  // until size() is 0.
  void sweep(const Standing* standing = nullptr);

  std::shared_ptr<Session> find(const SessionId& id) const;
  std::vector<std::shared_ptr<Session>> live() const;
  std::size_t size() const;
  void set_limits(const SessionLimits& limits);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport
