#include "core/identity/logins.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "core/log/log.h"
#include "core/metrics.h"
#include "core/net/address.h"
#include "core/net/flow.h"
#include "core/net/runtime.h"

namespace sallyport::identity {
namespace {

using Kind = Rejection::Kind;

std::string_view result_of(Kind kind) {
  switch (kind) {
    case Kind::kLocked:
      return "locked";
    case Kind::kDisabled:
      return "disabled";
    case Kind::kNone:
    case Kind::kNotAuthentic:
    case Kind::kNotInForce:
    case Kind::kUnverifiable:
      return "refused";
  }
  return "refused";
}

std::vector<std::pair<std::string, std::string>> fields_of(const LoginLock& lock) {
  std::vector<std::pair<std::string, std::string>> fields{{"client_address", lock.who.address}};
  if (!lock.who.subject.empty()) {
    fields.emplace_back("issuer", lock.who.issuer);
    fields.emplace_back("subject", lock.who.subject);
  }
  fields.emplace_back("failures", std::to_string(lock.failures));
  return fields;
}

// One place among the refusals that are held back, for as long as it lives.
class Waiting {
 public:
  explicit Waiting(std::atomic<std::uint32_t>& count)
      : count_(count), first_(count.fetch_add(1) < kWaitingRefusals) {}
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  bool taken() const { return first_; }

 private:
  std::atomic<std::uint32_t>& count_;
  const bool first_;
};

}  // namespace

std::string counted_address(std::string_view peer) {
  const auto parts = net::split_host_port(peer);
  std::string host = parts ? parts->first : std::string(peer);
  const auto address = net::numeric_address(host, 0);
  if (!address || address->family() != AF_INET6) return host;
  in6_addr bytes = reinterpret_cast<const sockaddr_in6&>(address->storage).sin6_addr;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    inet_ntop(AF_INET, &bytes.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  std::memset(&bytes.s6_addr[8], 0, 8);
  inet_ntop(AF_INET6, &bytes, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

Logins::Logins(const Authenticator& authenticator, const AccessBook& access, TicketBook& tickets,
               Recorder& recorder, Metrics& metrics, const Clock& clock, const LoginLimits& limits)
    : authenticator_(authenticator),
      access_(access),
      tickets_(tickets),
      recorder_(recorder),
      metrics_(metrics),
      clock_(clock),
      guard_(limits) {}

std::variant<Principal, Rejection> Logins::verify(std::string_view token,
                                                  const Attempt& attempt) const {
  if (TicketBook::looks_like_ticket(token)) return verify_ticket(token, attempt);
  const bool guarded = guard_.anybody_locked();
  Claimant who;
  if (guarded) {
    if (auto known = authenticator_.remembered(token)) return admit(*std::move(known));
    who.address = counted_address(attempt.client_address);
    if (guard_.address_locked(who.address, clock_.mono()))
      return Rejection{"locked", {}, {}, Kind::kLocked};
  }
  auto verdict = authenticator_.authenticate(token);
  auto* principal = std::get_if<Principal>(&verdict);
  if (guarded) {
    const auto* rejection = std::get_if<Rejection>(&verdict);
    who.issuer = principal != nullptr ? principal->issuer : rejection->issuer;
    who.subject = principal != nullptr ? principal->subject : rejection->subject;
    if (guard_.locked(who, clock_.mono()))
      return Rejection{"locked", std::move(who.issuer), std::move(who.subject), Kind::kLocked};
  }
  if (principal == nullptr) return verdict;
  return admit(std::move(*principal));
}

std::variant<Principal, Rejection> Logins::verify_ticket(std::string_view ticket,
                                                         const Attempt& attempt) const {
  auto verdict = tickets_.redeem(ticket, attempt);
  if (auto* principal = std::get_if<Principal>(&verdict)) {
    if (authenticator_.vouches(*principal)) return admit(std::move(*principal));
    return Rejection{"the token the ticket was made from is no longer accepted",
                     std::move(principal->issuer), std::move(principal->subject),
                     Kind::kNotInForce};
  }
  const bool locked = guard_.anybody_locked() &&
                      guard_.address_locked(counted_address(attempt.client_address), clock_.mono());
  if (locked) return Rejection{"locked", {}, {}, Kind::kLocked};
  return verdict;
}

std::variant<Principal, Rejection> Logins::admit(Principal principal) const {
  const auto order = access_.shuts_out(principal);
  if (!order) return principal;
  std::string reason = order->subject == principal.subject
                           ? "the identity is disabled"
                           : "its actor " + order->subject + " is disabled";
  return Rejection{std::move(reason), std::move(principal.issuer), std::move(principal.subject),
                   Kind::kDisabled};
}

void Logins::accept(const Principal& principal, const Attempt& attempt) {
  Login login;
  login.protocol = attempt.protocol;
  login.client_address = attempt.client_address;
  login.issuer = principal.issuer;
  login.subject = principal.subject;
  login.accepted = true;
  metrics_.login(attempt.protocol, "accepted");
  guard_.accepted({counted_address(attempt.client_address), principal.issuer, principal.subject});
  recorder_.login(login);
}

net::Awaitable<void> Logins::refuse(Rejection rejection, Attempt attempt) {
  metrics_.login(attempt.protocol, result_of(rejection.kind));
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
  const std::chrono::milliseconds delay = count(rejection, attempt);
  // Without a store the client is refused all the same.
  static_cast<void>(co_await recorded.wait());
  if (delay.count() > 0) co_await hold_back(delay);
}

// How long the answer waits.
std::chrono::milliseconds Logins::count(const Rejection& rejection, const Attempt& attempt) {
  if (rejection.kind == Kind::kNone || rejection.kind == Kind::kUnverifiable) return {};
  if (rejection.kind == Kind::kLocked) return kLongestRefusalDelay;
  const Claimant who{counted_address(attempt.client_address), rejection.issuer, rejection.subject};
  const bool counts = rejection.kind == Kind::kNotAuthentic;
  const LoginGuard::Refused refused = guard_.refused(who, counts, clock_.mono());
  for (const LoginLock& lock : refused.locked) {
    metrics_.login_locked(lock.who.subject.empty() ? "address" : "identity");
    log::warn(
        "too many failed logins",
        {{"client", lock.who.address}, {"issuer", lock.who.issuer}, {"subject", lock.who.subject}});
    recorder_.event({"auth.locked", fields_of(lock)});
  }
  return refused.delay;
}

net::Awaitable<void> Logins::hold_back(std::chrono::milliseconds delay) {
  const Waiting waiting(waiting_);
  if (!waiting.taken()) co_return;
  const net::Executor executor = co_await net::this_executor();
  net::Timer timer(executor);
  static_cast<void>(co_await timer.sleep_for(delay));
}

std::size_t Logins::unlock(const std::string& subject_or_address, const std::string& by) {
  std::vector<LoginLock> ended = guard_.unlock_subject(subject_or_address);
  for (LoginLock& lock : guard_.unlock_address(counted_address(subject_or_address)))
    ended.push_back(std::move(lock));
  record_unlocked(ended, by);
  return ended.size();
}

void Logins::end_locks() { record_unlocked(guard_.expire(clock_.mono()), "time"); }

void Logins::record_unlocked(const std::vector<LoginLock>& locks, const std::string& by) {
  for (const LoginLock& lock : locks) {
    Event event{"auth.unlocked", fields_of(lock)};
    event.fields.emplace_back("by", by);
    recorder_.event(event);
  }
}

}  // namespace sallyport::identity
