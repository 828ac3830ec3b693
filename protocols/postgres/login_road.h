// Steps 2, 3 and 7 of the road for one connection: who it is, which target it is for, its session,
// and the target reached and logged in at, before the agent hears that it is in. Thread-safe: each
// call works on one connection.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "core/protocol.h"
#include "protocols/postgres/agent_opening.h"
#include "protocols/postgres/startup_decoder.h"
#include "protocols/postgres/target_road.h"

namespace sallyport::postgres {

class LoginRoad {
 public:
  LoginRoad(const Services& services, TargetRoad& target) : services_(services), target_(target) {}

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
  const Services& services_;
  TargetRoad& target_;
};

}  // namespace sallyport::postgres
