#include "core/identity/logins.h"

#include "core/log/log.h"
#include "core/metrics.h"

namespace sallyport::identity {

std::variant<Principal, Rejection> Logins::verify(std::string_view token,
                                                  const Attempt& /*attempt*/) const {
  return authenticator_.authenticate(token);
}

void Logins::accept(const Principal& principal, const Attempt& attempt) {
  Login login;
  login.protocol = attempt.protocol;
  login.client_address = attempt.client_address;
  login.issuer = principal.issuer;
  login.subject = principal.subject;
  login.accepted = true;
  metrics_.login(attempt.protocol, true);
  recorder_.login(login);
}

net::Awaitable<void> Logins::refuse(Rejection rejection, Attempt attempt) {
  metrics_.login(attempt.protocol, false);
  Login login;
  login.protocol = attempt.protocol;
  login.client_address = attempt.client_address;
  login.issuer = rejection.issuer;
  login.subject = rejection.subject;
  login.reason = rejection.reason;
  log::info("login refused", {{"protocol", login.protocol},
                              {"client", login.client_address},
                              {"issuer", login.issuer},
                              {"subject", login.subject},
                              {"reason", login.reason}});
  Pending recorded = recorder_.login(login);
  // Without a store the client is refused all the same.
  static_cast<void>(co_await recorded.wait());
}

}  // namespace sallyport::identity
