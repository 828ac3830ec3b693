// Step 2 of the road, the same for every protocol: from what a client showed to a Principal, or to
// a refusal that is recorded. Beyond the credential itself it asks whether the identity is disabled
// and whether too many attempts failed (AC-7). Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/identity/authenticator.h"
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
  Logins(const Authenticator& authenticator, Recorder& recorder, Metrics& metrics)
      : authenticator_(authenticator), recorder_(recorder), metrics_(metrics) {}

  // Whom the bearer token speaks for, or why nobody. Does not wait and records nothing: the caller
  // goes on with accept() or refuse().
  std::variant<Principal, Rejection> verify(std::string_view token, const Attempt& attempt) const;

  // Records a login that led to a session.
  void accept(const Principal& principal, const Attempt& attempt);

  // Records the refusal and logs it; returns when the record is durable (or refused by the store).
  // The reason is for the record, never for the client.
  net::Awaitable<void> refuse(Rejection rejection, Attempt attempt);

 private:
  const Authenticator& authenticator_;
  Recorder& recorder_;
  Metrics& metrics_;
};

}  // namespace sallyport::identity
