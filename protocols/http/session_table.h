// Which session a request belongs to. HTTP has no connection that is one: a session is (issuer,
// subject, actor, credential, target) until five minutes without a request, over all connections
// and threads. Thread-safe; shards keep threads apart.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/identity/logins.h"
#include "core/net/one_shot.h"
#include "core/session.h"

namespace sallyport::http {

class SessionTable {
 public:
  SessionTable(SessionRegistry& registry, identity::Logins& logins);

  // The live session of these, or a new one: the accepted login is recorded then, once. Two
  // requests at the same time open one session between them. Errors are SessionRegistry::open()'s.
  net::Awaitable<Result<std::shared_ptr<Session>>> find_or_open(SessionRequest request);

 private:
  using Opened = net::OneShot<Result<std::shared_ptr<Session>>>;
  struct Shard {
    std::mutex mutex;
    // Shared with the requests that use the session, and with the registry.
    std::unordered_map<std::string, std::shared_ptr<Session>> sessions;
    // Sessions being opened, each with the requests that wait for it beside the one that opens.
    std::unordered_map<std::string, std::vector<Opened>> opening;
    std::size_t sweep_at = 64;  // entries at which ended sessions are dropped
  };
  // What one lookup found: a live session, or somebody opening it, or the task to open it.
  struct Lookup {
    std::shared_ptr<Session> live;
    std::optional<Opened> wait_for;
  };
  class Opening;

  Shard& shard(const std::string& key);
  Lookup look_up(const std::string& key);
  void settle(const std::string& key, const Result<std::shared_ptr<Session>>& result);

  SessionRegistry& registry_;
  identity::Logins& logins_;
  std::array<Shard, 16> shards_;
};

}  // namespace sallyport::http
