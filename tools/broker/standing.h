// What a live session rests on in a running broker: that nobody disabled its identity, that its
// issuer and target are configured, that the policy gives it a role there, and that the issuer
// still has the key that signed its token. Thread-safe.
#pragma once

#include <atomic>

#include "core/identity/access_book.h"
#include "core/identity/authenticator.h"
#include "core/session.h"
#include "tools/broker/sources.h"

namespace sallyport::broker {

class BrokerStanding final : public Standing {
 public:
  // All outlive this.
  BrokerStanding(const identity::AccessBook& access, const identity::Authenticator& authenticator,
                 const SwappedConfig& config, const SwappedPolicy& policy)
      : access_(access), authenticator_(authenticator), config_(config), policy_(policy) {}

  std::uint64_t version() const override;
  std::optional<Loss> lost(Session& session) const override;
  // Configuration and policy were swapped.
  void reloaded() { ++reloads_; }

 private:
  const identity::AccessBook& access_;
  const identity::Authenticator& authenticator_;
  const SwappedConfig& config_;
  const SwappedPolicy& policy_;
  std::atomic<std::uint64_t> reloads_{0};
};

}  // namespace sallyport::broker
