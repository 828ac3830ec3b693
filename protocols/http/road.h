// Steps 2 to 6 of the road for one request: who sends it, which target and session it is for, what
// it does, and whether it may. What is admitted goes on in the relay; everything else is answered
// here. Thread-safe: each call works on one exchange.
#pragma once

#include <string>
#include <variant>

#include "core/identity/logins.h"
#include "core/protocol.h"
#include "protocols/http/exchange.h"
#include "protocols/http/own_paths.h"
#include "protocols/http/relay.h"
#include "protocols/http/session_table.h"

namespace sallyport::http {

class Road {
 public:
  explicit Road(const Services& services);

  // Answers the request in the exchange, one way or another. `base_domain` may be empty.
  net::Awaitable<void> travel(ServeThread& thread, Exchange& exchange, std::string base_domain);

 private:
  std::variant<Principal, identity::Rejection> authenticate(const Exchange& exchange,
                                                            const identity::Attempt& attempt) const;
  net::Awaitable<Result<std::shared_ptr<Session>>> open_session(Exchange& exchange,
                                                                Principal principal,
                                                                std::string target_name);
  net::Awaitable<Result<std::shared_ptr<Session>>> refuse_unknown(Exchange& exchange,
                                                                  Principal principal,
                                                                  std::string target_name);
  net::Awaitable<void> act(ServeThread& thread, Exchange& exchange, RequestTarget target,
                           Route route, Principal principal);
  net::Awaitable<void> refuse(Exchange& exchange, Refusal refusal);

  const Services& services_;
  SessionTable sessions_;
  OwnPaths own_paths_;
};

}  // namespace sallyport::http
