#include "protocols/http/session_table.h"

#include "protocols/http/serve_limits.h"

namespace sallyport::http {
namespace {

// None of the parts holds a NUL, so no two identities share a key: the authenticator refuses
// control characters in what a token claims, and target names have none.
std::string key_of(const SessionRequest& request) {
  const Principal& p = request.principal;
  std::string key;
  key.reserve(p.issuer.size() + p.subject.size() + p.credential_id.size() +
              request.target->name.size() + 64);
  key.append(request.target->name).push_back('\0');
  key.append(p.credential_id).push_back('\0');
  key.append(p.issuer).push_back('\0');
  key.append(p.subject);
  for (const std::string& actor : p.actors) {
    key.push_back('\0');
    key.append(actor);
  }
  return key;
}

}  // namespace

SessionTable::SessionTable(SessionRegistry& registry, identity::Logins& logins)
    : registry_(registry), logins_(logins) {}

SessionTable::Shard& SessionTable::shard(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

SessionTable::Lookup SessionTable::look_up(const std::string& key) {
  Shard& s = shard(key);
  std::lock_guard lock(s.mutex);
  if (auto it = s.sessions.find(key); it != s.sessions.end()) {
    if (it->second->live()) return {it->second, std::nullopt};
    s.sessions.erase(it);
  }
  auto [it, inserted] = s.opening.try_emplace(key);
  if (inserted) return {};
  return {nullptr, it->second.emplace_back()};
}

void SessionTable::settle(const std::string& key, const Result<std::shared_ptr<Session>>& result) {
  Shard& s = shard(key);
  std::vector<Opened> waiting;
  {
    std::lock_guard lock(s.mutex);
    if (auto it = s.opening.find(key); it != s.opening.end()) {
      waiting = std::move(it->second);
      s.opening.erase(it);
    }
    if (result) {
      if (s.sessions.size() >= s.sweep_at) {
        std::erase_if(s.sessions, [](const auto& entry) { return !entry.second->live(); });
        s.sweep_at = std::max<std::size_t>(64, 2 * s.sessions.size());
      }
      s.sessions[key] = *result;
    }
  }
  for (const Opened& one : waiting) one.set(result);
}

// Settles what was begun even when the opening coroutine is given up half-way.
class SessionTable::Opening {
 public:
  Opening(SessionTable& table, const std::string& key) : table_(table), key_(key) {}
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  ~Opening() { table_.settle(key_, result); }
  Result<std::shared_ptr<Session>> result = Error{ErrorCode::kInternal, "opening was given up"};

 private:
  SessionTable& table_;
  const std::string& key_;
};

net::Awaitable<Result<std::shared_ptr<Session>>> SessionTable::find_or_open(
    SessionRequest request) {
  const std::string key = key_of(request);
  Lookup found = look_up(key);
  if (found.live) co_return std::move(found.live);
  if (found.wait_for) co_return co_await found.wait_for->wait();
  Opening opening(*this, key);
  logins_.accept(request.principal, {"http", request.client_address, request.target->name});
  request.idle = kSessionIdle;
  opening.result = co_await registry_.open(std::move(request));
  co_return opening.result;
}

}  // namespace sallyport::http
