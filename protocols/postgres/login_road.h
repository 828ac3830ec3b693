// Steps 2, 3 and 7 of the road for one connection: who it is, which target it is for, its session,
// and the target reached and logged in at, before the agent hears that it is in. Thread-safe: each
// call works on one connection.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "core/protocol.h"
#include "protocols/postgres/agent_opening.h"
#include "protocols/postgres/scram.h"
#include "protocols/postgres/startup_decoder.h"

namespace sallyport::postgres {

struct LoggedIn {
  std::shared_ptr<Session> session;  // shared with the registry
  std::unique_ptr<Upstream> upstream;
  Parameters status;  // what the target reports of itself
  CancelKey key;      // at the target
};

class LoginRoad {
 public:
  explicit LoginRoad(const Services& services) : services_(services) {}

  // Both or what the agent is told. Nothing to tell: the agent went away.
  using Verdict = std::variant<LoggedIn, ErrorFields, std::monostate>;
  // Asks the agent for its password; `packet` is what it sent before.
  net::Awaitable<Verdict> travel(AgentOpening& opening, const StartupPacket& packet);

 private:
  net::Awaitable<std::variant<Principal, ErrorFields, std::monostate>> identify(
      AgentOpening& opening, const std::string& target);
  net::Awaitable<Result<std::shared_ptr<Session>>> open_session(const net::Stream& stream,
                                                                Principal principal,
                                                                const std::string& target_name);
  // `sqlstate` becomes the server's own where that concerns what the agent asked for.
  net::Awaitable<Result<LoggedIn>> reach(std::shared_ptr<Session> session, Parameters parameters,
                                         std::string& sqlstate);

  const Services& services_;
  ScramKeyCache scram_keys_;
};

}  // namespace sallyport::postgres
