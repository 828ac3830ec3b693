// Which identities are shut out by a person's order, whatever credential they show. Held in memory
// for every login and every live session; the record it is rebuilt from at a start is the audit
// store (`access.disabled`, `access.enabled`). Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/principal.h"
#include "core/result.h"

namespace sallyport::identity {

struct DisabledIdentity {
  std::string subject;
  std::string issuer;  // by its configured name; empty: of every issuer
  std::string reason;
  std::string by;  // a person of admin.users
  WallTime since{};
};

class AccessBook {
 public:
  explicit AccessBook(std::vector<DisabledIdentity> known = {});

  // Replaces an earlier order for the same subject and issuer. kLimit: too many are disabled.
  Result<void> disable(DisabledIdentity identity);
  // Takes out these orders, unless newer ones have replaced them.
  void enable(const std::vector<DisabledIdentity>& orders);
  // With an empty issuer every order for the subject, else that for the issuer.
  std::vector<DisabledIdentity> orders(const std::string& subject, const std::string& issuer) const;

  // Why the principal is shut out: for its subject, or for an actor of its chain, on whose hands it
  // runs.
  std::optional<DisabledIdentity> shuts_out(const Principal& principal) const;
  std::vector<DisabledIdentity> list() const;

  // Another number after each change.
  std::uint64_t version() const { return version_; }

 private:
  using Key = std::pair<std::string, std::string>;  // subject, issuer
  const DisabledIdentity* find(const std::string& subject, const std::string& issuer) const;

  mutable std::mutex mutex_;
  std::map<Key, DisabledIdentity> orders_;
  std::atomic<bool> empty_{true};
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace sallyport::identity
