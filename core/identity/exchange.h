// Token exchange (RFC 8693): an identity provider's token in; out a ticket or an SSH certificate,
// for clients that cannot carry the token. Independent of how the request came. Every answer that
// gives something is durable in the log first. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/identity/logins.h"
#include "core/identity/rate_limit.h"
#include "core/identity/ssh_ca.h"
#include "core/identity/tickets.h"
#include "core/identity/token_request.h"
#include "core/net/awaitable.h"
#include "core/policy.h"
#include "core/recorder.h"

namespace sallyport {
class TargetSource;
}

namespace sallyport::identity {

// Borrowed; all outlive the exchange.
struct ExchangeParts {
  Logins& logins;
  TicketBook& tickets;
  SshCa& ca;
  Recorder& recorder;
  const PolicySource& policy;
  const TargetSource& targets;
  const Clock& clock;
  // Identifiers of the issuers that agents get tokens from (RFC 9728 §2).
  std::function<std::vector<std::string>()> issuers;
};

// Who asks, and how the broker is called there.
struct Caller {
  std::string address;      // of the peer, with its port
  std::string base_url;     // "https://broker.example.com:8080"; may be empty
  std::string base_domain;  // of the listener; may be empty
};

struct ExchangeAnswer {
  int status = 200;
  std::string json;                                 // RFC 8693 §2.2.1, or RFC 6749 §5.2
  std::optional<std::chrono::seconds> retry_after;  // with 429
};

// RFC 6749 §5.2.
ExchangeAnswer error_answer(int status, const OAuthError& error);

class TokenExchange {
 public:
  explicit TokenExchange(const ExchangeParts& parts);

  // Answers the form of one request.
  net::Awaitable<ExchangeAnswer> exchange(std::string form, Caller caller);

  std::vector<std::string> issuers() const { return parts_.issuers(); }

 private:
  struct Grant;
  net::Awaitable<ExchangeAnswer> grant(TokenRequest request, Principal principal, Caller caller);
  std::variant<Grant, OAuthError> resolve(const TokenRequest& request, Principal principal,
                                          const Caller& caller) const;
  std::vector<std::string> targets_of(const Principal& principal) const;
  net::Awaitable<ExchangeAnswer> refuse(OAuthError error, Principal principal, std::string target,
                                        Caller caller);
  net::Awaitable<ExchangeAnswer> give_ticket(TokenRequest request, Grant grant, Caller caller);
  net::Awaitable<ExchangeAnswer> give_certificate(TokenRequest request, Grant grant, Caller caller);

  const ExchangeParts parts_;
  RateLimit by_subject_;
  RateLimit by_address_;
};

}  // namespace sallyport::identity
