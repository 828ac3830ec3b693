// Counts failed logins and says what follows: how long the refusal's answer waits, and who is
// locked out for a while (NIST SP 800-53 AC-7). Failures are counted for an identity as claimed
// together with the client's address, and for the address alone; never for an identity over all
// addresses, with which anybody could lock anybody out. Bounded, in memory only. Thread-safe; time
// is passed in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/identity/limits.h"
#include "core/login_limits.h"

namespace sallyport::identity {

// Whose login it was: the client's address without a port, and the identity it claimed. Without a
// subject only the address counts.
struct Claimant {
  std::string address;
  std::string issuer;
  std::string subject;
};

struct LoginLock {
  Claimant who;  // without a subject: everybody at the address
  std::uint32_t failures = 0;
  MonoTime until{};
};

class LoginGuard {
 public:
  explicit LoginGuard(LoginLimits limits, std::size_t most = kGuardedLogins)
      : most_(most), limits_(limits) {}

  struct Refused {
    std::chrono::milliseconds delay{0};  // before the answer
    std::vector<LoginLock> locked;       // that begin now
  };
  // `counts` toward a lock: the credential was not authentic.
  Refused refused(const Claimant& who, bool counts, MonoTime now);
  // Forgets the identity's failures at the address. Not those of the address: one good credential
  // would let somebody try others for ever.
  void accepted(const Claimant& who);

  // Cheap while nobody is.
  bool anybody_locked() const { return locked_ > 0; }
  bool address_locked(const std::string& address, MonoTime now) const;
  // The identity at this address, or the address.
  bool locked(const Claimant& who, MonoTime now) const;

  // Ends the locks of a subject at every address, or those of an address: all at it.
  std::vector<LoginLock> unlock_subject(const std::string& subject);
  std::vector<LoginLock> unlock_address(const std::string& address);
  // Takes out the locks that are over.
  std::vector<LoginLock> expire(MonoTime now);
  std::vector<LoginLock> locks() const;

  void set_limits(const LoginLimits& limits);

 private:
  struct Count {
    MonoTime since{};            // the first of the window
    std::uint32_t refusals = 0;  // all of them: the delay grows with these
    std::uint32_t failures = 0;  // those that count
    std::list<std::string>::iterator age;
  };
  struct Threshold {
    std::uint32_t most = 0;  // failures; 0: no lock
    std::uint32_t free = 0;  // refusals answered at once
  };
  Count& count(const std::string& key, MonoTime now);
  void forget(const std::string& key);
  void note(const Claimant& who, const Threshold& threshold, bool counts, MonoTime now,
            Refused& out);
  bool is_locked(const std::string& key, MonoTime now) const;
  template <class Matches>
  std::vector<LoginLock> take_locks(Matches matches);

  const std::size_t most_;  // entries of each table
  mutable std::mutex mutex_;
  LoginLimits limits_;
  std::unordered_map<std::string, Count> counts_;
  std::list<std::string> ages_;  // keys of counts_, the longest unused first
  std::unordered_map<std::string, LoginLock> locks_;
  std::atomic<std::size_t> counted_{0};  // size of counts_
  std::atomic<std::size_t> locked_{0};   // size of locks_
};

}  // namespace sallyport::identity
