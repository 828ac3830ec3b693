// Shuts identities out and lets them in again, by order of a person. Disabling takes effect at once
// and also while the audit store is down; its record then follows when the store works again.
// Enabling is recorded before it takes effect. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/identity/access_book.h"
#include "core/net/awaitable.h"
#include "core/recorder.h"
#include "core/result.h"
#include "core/session.h"

namespace sallyport::identity {

class Logins;

class AccessControl {
 public:
  // What a running broker has beside the store; without one there are no sessions and no locks.
  struct Live {
    SessionRegistry* sessions = nullptr;
    Logins* logins = nullptr;
  };
  // All outlive this.
  AccessControl(AccessBook& book, Recorder& recorder, const Clock& clock, Live live)
      : book_(book), recorder_(recorder), clock_(clock), live_(live) {}

  struct Order {
    std::string subject;
    std::string issuer;  // empty: every issuer
    std::string reason;
    std::string by;
  };
  struct Disabled {
    std::size_t sessions = 0;  // live ones that ended
    Pending recorded;
  };
  // kInvalid: no subject could have this name; kLimit.
  Result<Disabled> disable(const Order& order);
  // Ends the identity's login locks, too. kNotFound: it is not disabled, or more widely than asked;
  // kNotRecorded: nothing has changed.
  net::Awaitable<Result<void>> enable(Order order);
  // The orders in force.
  std::vector<DisabledIdentity> list() const { return book_.list(); }

  // Asks for the records again that a failing store has refused. Called by the housekeeping.
  void keep_house();

 private:
  struct Unrecorded {
    DisabledIdentity order;
    Pending pending;
  };
  void retry_records();
  Pending record(const DisabledIdentity& order);

  AccessBook& book_;
  Recorder& recorder_;
  const Clock& clock_;
  const Live live_;
  std::mutex mutex_;
  std::vector<Unrecorded> unrecorded_;  // as far as is known
};

}  // namespace sallyport::identity
