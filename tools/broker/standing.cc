#include "tools/broker/standing.h"

#include <algorithm>

namespace sallyport::broker {

// Each part only grows, and so the sum tells every change of one.
std::uint64_t BrokerStanding::version() const {
  return access_.version() + authenticator_.generation() + reloads_;
}

std::optional<Standing::Loss> BrokerStanding::lost(Session& session) const {
  const Principal& who = session.principal();
  if (access_.shuts_out(who)) return Loss{"disabled", false};
  const auto config = config_.current();
  if (std::ranges::none_of(config->issuers, [&](const auto& i) { return i.name == who.issuer; }))
    return Loss{"issuer_removed", false};
  const auto target = config_.find(session.target().name);
  if (!target || target->protocol != session.target().protocol)
    return Loss{"target_removed", false};
  if (!session.policy(*policy_.current())) return Loss{"role_removed", false};
  if (!authenticator_.vouches(who)) return Loss{"key_withdrawn", true};
  return std::nullopt;
}

}  // namespace sallyport::broker
