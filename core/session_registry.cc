// The sessions that are open: opened, held against limits and standing, and ended.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "core/insist.h"
#include "core/session.h"

namespace sallyport {

// One lock per shard, so that threads that open and end sessions seldom meet.
struct SessionRegistry::Impl {
  struct Entry {
    std::shared_ptr<Session> session;  // shared with its connections
    MonoTime opened;
    std::optional<std::chrono::seconds> idle;
    std::uint64_t judged = 0;  // the version in which its standing was found good
    bool outlived = false;     // its credential is over, and what is in flight finishes
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<SessionId, Entry> sessions;
  };

  Impl(Recorder& r, const PolicySource& p, const Clock& c, SessionLimits l)
      : recorder(r), policy(p), clock(c), limits(l) {}

  Shard& shard(const SessionId& id) { return shards[std::hash<SessionId>{}(id) % shards.size()]; }

  static std::string key(const Principal& p) { return p.issuer + '\0' + p.subject; }

  // Takes one place among all sessions and one among the subject's; says which is full.
  Result<void> take_place(const Principal& principal) {
    std::lock_guard lock(count_mutex);
    if (count >= limits.sessions)
      return Error{ErrorCode::kLimit,
                   "the broker has its limit of sessions open (limits.sessions)"};
    std::uint32_t& mine = per_subject[key(principal)];
    if (mine >= limits.sessions_per_subject) {
      return Error{ErrorCode::kLimit,
                   "this identity has its limit of sessions open (limits.sessions_per_subject)"};
    }
    ++mine;
    ++count;
    return {};
  }

  // Nothing is given back when it throws.
  void give_back(const Principal& principal) {
    const std::string subject = key(principal);
    std::lock_guard lock(count_mutex);
    --count;
    auto it = per_subject.find(subject);
    if (--it->second == 0) per_subject.erase(it);
  }

  // The place of a session that is being opened: given back unless the session keeps it.
  class Place {
   public:
    Place(Impl& impl, const Principal& principal) : impl_(&impl), principal_(principal) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (impl_ != nullptr) insist([this] { impl_->give_back(principal_); });
    }
    void keep() { impl_ = nullptr; }

   private:
    Impl* impl_;
    const Principal& principal_;
  };

  // Which group or name of the principal gave each role (AC-2), and what is masked (SI-15). Queued
  // behind the opening.
  void record_roles(const SessionOpened& opened, const Policy& in_force,
                    const SessionPolicy& bound) {
    Event event{"authz.resolved",
                {{"session", opened.id.to_string()},
                 {"issuer", opened.principal.issuer},
                 {"subject", opened.principal.subject},
                 {"target", opened.target},
                 {"policy", opened.policy_id}}};
    std::string masks;
    for (const std::string& name : bound.masks().names) masks += (masks.empty() ? "" : ", ") + name;
    if (!masks.empty()) event.fields.emplace_back("masks", std::move(masks));
    for (Grant& grant : in_force.grants(opened.principal, opened.target))
      event.fields.emplace_back("role:" + grant.role, std::move(grant.via));
    recorder.event(event);
  }

  // Can be repeated after it threw.
  void record_end(const Session& session) {
    session.recording().close({session.end_reason(), session.bytes_in(), session.bytes_out()});
    give_back(session.principal());
  }

  // What one sweep holds every session against.
  struct Now {
    WallTime wall;
    MonoTime mono;
    SessionLimits limits;
    const Standing* standing;
    std::uint64_t version;  // of the standing, read before it is asked
  };

  // Why the session is over now.
  static std::optional<Standing::Loss> over(Entry& entry, const Now& now) {
    using Loss = Standing::Loss;
    Session& s = *entry.session;
    const TargetLimits& own = s.target().limits;
    if (now.mono - entry.opened >= own.session.value_or(now.limits.session))
      return Loss{"max_age", false};
    auto idle = own.idle.value_or(now.limits.idle);
    if (entry.idle) idle = std::min(*entry.idle, idle);
    const auto held = own.idle_in_transaction.value_or(now.limits.idle_in_transaction);
    const auto unused = now.mono - s.last_used();
    if (unused >= std::min(idle, held) && s.working() == 0) {
      if (unused >= idle) return Loss{"idle", false};
      if (s.in_transaction()) return Loss{"idle_in_transaction", false};
    }
    std::optional<Loss> lost;
    if (now.standing != nullptr && entry.judged != now.version) {
      lost = now.standing->lost(s);
      if (!lost) entry.judged = now.version;
      if (lost && !lost->may_finish) return lost;
    }
    if (now.wall >= s.principal().expires_at) return Loss{"expired", true};
    return lost;
  }

  // What is in flight goes on, on the record.
  void outlive(Entry& entry, const std::string& reason) {
    if (std::exchange(entry.outlived, true)) return;
    const Session& s = *entry.session;
    recorder.event({"session.outlived_token",
                    {{"session", s.id().to_string()},
                     {"issuer", s.principal().issuer},
                     {"subject", s.principal().subject},
                     {"target", s.target().name},
                     {"reason", reason}}});
  }

  void end_if_over(Entry& entry, const Now& now) {
    const std::optional<Standing::Loss> loss = over(entry, now);
    if (!loss) return;
    const bool finishes = loss->may_finish && now.limits.when_token_ends == TokenEnd::kFinish;
    if (finishes && entry.session->working() > 0) {
      outlive(entry, loss->reason);
    } else {
      entry.session->end(loss->reason);
    }
  }

  Recorder& recorder;
  const PolicySource& policy;
  const Clock& clock;
  std::array<Shard, 16> shards;
  mutable std::mutex count_mutex;
  SessionLimits limits;
  std::uint32_t count = 0;
  std::unordered_map<std::string, std::uint32_t> per_subject;
};

SessionRegistry::SessionRegistry(Recorder& recorder, const PolicySource& policy, const Clock& clock,
                                 SessionLimits limits)
    : impl_(std::make_unique<Impl>(recorder, policy, clock, limits)) {}

SessionRegistry::~SessionRegistry() = default;

net::Awaitable<Result<std::shared_ptr<Session>>> SessionRegistry::open(SessionRequest request) {
  const Principal& who = request.principal;
  const Target& target = *request.target;
  std::shared_ptr<const Policy> policy = impl_->policy.current();
  std::shared_ptr<const SessionPolicy> bound = policy->bind(who, target.name, target.protocol);
  std::optional<Error> refusal;
  if (!who.bound_target.empty() && who.bound_target != target.name) {
    refusal = Error{ErrorCode::kDenied, "the credential is for another target"};
  } else if (!bound) {
    refusal = Error{ErrorCode::kDenied, "no role of this identity opens the target"};
  } else if (Result<void> place = impl_->take_place(who); !place) {
    refusal = place.error();
  }
  if (refusal) {
    Event event{"session.refused",
                {{"target", target.name},
                 {"protocol", target.protocol},
                 {"issuer", who.issuer},
                 {"subject", who.subject},
                 {"actor", who.actor()},
                 {"client_address", request.client_address},
                 {"policy", policy->id()},
                 {"reason", refusal->detail}}};
    Pending recorded = impl_->recorder.event(event);
    Result<EventNumber> number = co_await recorded.wait();
    if (!number) co_return number.error();
    co_return *refusal;
  }

  Impl::Place place(*impl_, who);
  WallTime now = impl_->clock.wall();
  SessionOpened opened;
  opened.id = SessionId::make(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  opened.principal = who;
  opened.target = target.name;
  opened.protocol = target.protocol;
  opened.roles = bound->roles();
  opened.policy_id = policy->id();
  opened.client_address = request.client_address;
  opened.crypto = request.crypto;
  std::shared_ptr<SessionRecording> recording =
      impl_->recorder.healthy() ? impl_->recorder.open_session(opened) : nullptr;
  if (!recording) {
    co_return Error{ErrorCode::kNotRecorded, "the audit store cannot take records"};
  }
  impl_->record_roles(opened, *policy, *bound);
  auto session = std::make_shared<Session>(opened.id, who, request.target, request.client_address,
                                           bound, recording, now);
  session->touch(impl_->clock.mono());
  Impl::Shard& shard = impl_->shard(opened.id);
  std::lock_guard lock(shard.mutex);
  shard.sessions.emplace(opened.id,
                         Impl::Entry{session, impl_->clock.mono(), request.idle, 0, false});
  place.keep();
  co_return session;
}

bool SessionRegistry::end(const SessionId& id, const std::string& reason) {
  Impl::Shard& shard = impl_->shard(id);
  std::lock_guard lock(shard.mutex);
  auto it = shard.sessions.find(id);
  if (it == shard.sessions.end() || !it->second.session->end(reason)) return false;
  if (it->second.session->attachments() == 0) {
    impl_->record_end(*it->second.session);
    shard.sessions.erase(it);
  }
  return true;
}

void SessionRegistry::end_all(const std::string& reason) {
  end_where([](const Session&) { return true; }, reason);
}

std::size_t SessionRegistry::end_where(const std::function<bool(const Session&)>& matches,
                                       const std::string& reason) {
  std::size_t ended = 0;
  for (const auto& session : live())
    if (matches(*session) && end(session->id(), reason)) ++ended;
  return ended;
}

void SessionRegistry::sweep(const Standing* standing) {
  Impl::Now now{impl_->clock.wall(), impl_->clock.mono(), {}, standing, 0};
  if (standing != nullptr) now.version = standing->version();
  {
    std::lock_guard lock(impl_->count_mutex);
    now.limits = impl_->limits;
  }
  for (Impl::Shard& shard : impl_->shards) {
    std::lock_guard lock(shard.mutex);
    for (auto it = shard.sessions.begin(); it != shard.sessions.end();) {
      Session& session = *it->second.session;
      if (session.live()) impl_->end_if_over(it->second, now);
      if (!session.live() && session.attachments() == 0) {
        impl_->record_end(session);
        it = shard.sessions.erase(it);
      } else {
        ++it;
      }
    }
  }
}

std::shared_ptr<Session> SessionRegistry::find(const SessionId& id) const {
  Impl::Shard& shard = impl_->shard(id);
  std::lock_guard lock(shard.mutex);
  auto it = shard.sessions.find(id);
  return it == shard.sessions.end() ? nullptr : it->second.session;
}

std::vector<std::shared_ptr<Session>> SessionRegistry::live() const {
  std::vector<std::shared_ptr<Session>> out;
  for (const Impl::Shard& shard : impl_->shards) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [id, entry] : shard.sessions)
      if (entry.session->live()) out.push_back(entry.session);
  }
  return out;
}

std::size_t SessionRegistry::size() const {
  std::size_t n = 0;
  for (const Impl::Shard& shard : impl_->shards) {
    std::lock_guard lock(shard.mutex);
    n += shard.sessions.size();
  }
  return n;
}

void SessionRegistry::set_limits(const SessionLimits& limits) {
  std::lock_guard lock(impl_->count_mutex);
  impl_->limits = limits;
}

}  // namespace sallyport
