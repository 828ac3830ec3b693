// Tickets: 256 random bits that stand for a principal for a few minutes, for clients that cannot
// carry a JWT (RFC 8693 calls this a token exchange). Kept only as a SHA-256. Each issue and each
// use is an event, so that a restarted broker knows which uses are left. Thread-safe, does not
// wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/identity/authenticator.h"
#include "core/identity/limits.h"
#include "core/principal.h"
#include "core/recorder.h"
#include "core/result.h"

namespace sallyport::identity {

struct Attempt;

struct TicketRequest {
  Principal principal;  // as verified; its expires_at still bounds the sessions of the ticket
  std::string target;   // the only target, or empty
  std::string role;     // the only role, or empty
  std::uint32_t uses = 1;
  std::chrono::seconds lifetime = kTicketLifetime;
};

struct IssuedTicket {
  std::string text;  // "spt_" and 43 base64url characters: shown to its owner once
  WallTime expires_at{};
};

// A ticket with uses left, as the store has it.
struct StoredTicket {
  std::vector<std::pair<std::string, std::string>> issued;  // the fields of `ticket.issued`
  std::uint64_t uses_left = 0;
  std::string target;  // bound by now
};

class TicketBook {
 public:
  // Both outlive this.
  TicketBook(Recorder& recorder, const Clock& clock);
  ~TicketBook();

  // True for everything that has a ticket's prefix: it is not a JWT then.
  static bool looks_like_ticket(std::string_view credential);

  // Queues a `ticket.issued` event with the hash; the caller waits for it before it shows the
  // ticket. kInvalid: lifetime or uses beyond their limits, or the principal has expired; kLimit:
  // too many are outstanding; kUnsupported: the identity is too large.
  struct Issued {
    IssuedTicket ticket;
    Pending recorded;
  };
  Result<Issued> issue(TicketRequest request, const std::string& client_address);

  // Spends one use, on the target the client asks for. A ticket bound to neither target nor role is
  // bound to the first target it is used on. Queues a `ticket.redeemed` event, which the log holds
  // before anything the session does. A ticket that is shown where it does not belong keeps its
  // uses.
  std::variant<Principal, Rejection> redeem(std::string_view ticket, const Attempt& attempt);

  // At the start, before anything is issued or redeemed; false when the record cannot be read.
  bool restore(const StoredTicket& stored);
  // Forgets what has expired, and records again the uses that a failing store refused. About once a
  // second.
  void sweep();
  std::size_t outstanding() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::identity
