// Step 2 of the road, the same for every protocol: from what a client showed to a Principal, or to
// a refusal that is recorded. Beyond the credential itself it asks whether the identity is disabled
// and whether too many attempts failed (AC-7, login_guard.h). Thread-safe.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <variant>

#include "core/clock.h"
#include "core/identity/access_book.h"
#include "core/identity/authenticator.h"
#include "core/identity/login_guard.h"
#include "core/identity/tickets.h"
#include "core/net/awaitable.h"
#include "core/principal.h"
#include "core/recorder.h"

namespace sallyport {
class Metrics;
}

namespace sallyport::identity {

// Where a credential was shown.
struct Attempt {
  std::string protocol;        // "http", "admin" …
  std::string client_address;  // of the peer, with its port
  std::string target;          // the name the client asked for; there may be no such target
};

class Logins {
 public:
  // All outlive this.
  Logins(const Authenticator& authenticator, const AccessBook& access, TicketBook& tickets,
         Recorder& recorder, Metrics& metrics, const Clock& clock, const LoginLimits& limits);

  // Whom the bearer token or ticket speaks for, or why nobody. Does not wait; a ticket that is
  // accepted has spent a use. The caller goes on with accept() or refuse(). A lock stops neither a
  // credential that was accepted before (or made here, as a ticket is) nor what is live; an order
  // of the access book stops both.
  std::variant<Principal, Rejection> verify(std::string_view token, const Attempt& attempt) const;

  // Records a login that led to a session.
  void accept(const Principal& principal, const Attempt& attempt);

  // Records the refusal and logs it; returns when the record is durable (or refused by the store),
  // later and later while one client goes on failing. The reason is for the record, never for the
  // client.
  net::Awaitable<void> refuse(Rejection rejection, Attempt attempt);

  // Ends the locks of a subject at every address, and those of an address; `by` is who asked. How
  // many there were.
  std::size_t unlock(const std::string& subject_or_address, const std::string& by);
  // Ends the locks that are over by time. Called by the housekeeping.
  void end_locks();
  std::vector<LoginLock> locks() const { return guard_.locks(); }
  void set_limits(const LoginLimits& limits) { guard_.set_limits(limits); }

 private:
  std::variant<Principal, Rejection> verify_ticket(std::string_view ticket,
                                                   const Attempt& attempt) const;
  std::variant<Principal, Rejection> admit(Principal principal) const;
  std::chrono::milliseconds count(const Rejection& rejection, const Attempt& attempt);
  net::Awaitable<void> hold_back(std::chrono::milliseconds delay);
  void record_unlocked(const std::vector<LoginLock>& locks, const std::string& by);

  const Authenticator& authenticator_;
  const AccessBook& access_;
  TicketBook& tickets_;
  Recorder& recorder_;
  Metrics& metrics_;
  const Clock& clock_;
  LoginGuard guard_;
  std::atomic<std::uint32_t> waiting_{0};  // refusals that are held back
};

// A peer's address as failed logins are counted: without its port; IPv6 as its /64, the least that
// one customer gets ("2001:db8:1:2::/64").
std::string counted_address(std::string_view peer);

}  // namespace sallyport::identity
