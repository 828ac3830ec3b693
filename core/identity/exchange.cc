#include "core/identity/exchange.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "core/identity/limits.h"
#include "core/identity/ssh_certificate.h"
#include "core/json_writer.h"
#include "core/net/address.h"
#include "core/protocol.h"

namespace sallyport::identity {

ExchangeAnswer error_answer(int status, const OAuthError& error) {
  ExchangeAnswer answer;
  answer.status = status;
  JsonWriter(answer.json)
      .begin_object()
      .text("error", error.code)
      .text("error_description", error.description)
      .end_object();
  return answer;
}

namespace {

constexpr std::string_view kProtocol = "token";

ExchangeAnswer too_often(std::chrono::seconds wait) {
  ExchangeAnswer answer =
      error_answer(429, {"temporarily_unavailable", "Too many requests; try again later."});
  answer.retry_after = wait;
  return answer;
}

ExchangeAnswer not_recorded() {
  return error_answer(503, {"temporarily_unavailable",
                            "The audit store cannot record this, so nothing was given."});
}

// What is told of a credential that is refused: nothing.
ExchangeAnswer refused_token() {
  return error_answer(400, {"invalid_request", "The subject_token is not accepted."});
}

std::string host_of(const std::string& peer) {
  const auto split = net::split_host_port(peer);
  return split ? split->first : peer;
}

template <std::size_t N>
std::optional<std::array<unsigned char, N>> random_bytes() {
  std::array<unsigned char, N> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(N)) != 1) return std::nullopt;
  return bytes;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::uint64_t seconds_until(WallTime now, WallTime until) {
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(until - now).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, left));
}

// RFC 8693 §2.2.1.
ExchangeAnswer given(std::string_view token, std::string_view type, std::string_view token_type,
                     std::uint64_t expires_in, const std::string& role) {
  ExchangeAnswer answer;
  JsonWriter json(answer.json);
  json.begin_object()
      .text("access_token", token)
      .text("issued_token_type", type)
      .text("token_type", token_type)
      .number("expires_in", expires_in);
  if (!role.empty()) json.text("scope", role);
  json.end_object();
  return answer;
}

Event issued_event(const CertificateRequest& request, const MadeCertificate& made,
                   const SshCaKey& ca, const Caller& caller) {
  const Principal& who = request.principal;
  return {"certificate.issued",
          {{"serial", std::to_string(request.serial)},
           {"key", request.key.fingerprint()},
           {"key_id", made.key_id},
           {"issuer", who.issuer},
           {"subject", who.subject},
           {"actor", who.actor()},
           {"role", who.bound_role},
           {"principals", joined(request.targets)},
           {"valid_after", iso8601(request.from)},
           {"valid_before", iso8601(request.until)},
           {"source_address", request.client_ip},
           {"client_address", caller.address},
           {"from_credential", who.credential_id},
           {"ca", ssh_fingerprint(ca.public_blob())}}};
}

}  // namespace

// What the identity may have: the principal bound as asked, and the targets it then opens.
struct TokenExchange::Grant {
  Principal principal;
  std::vector<std::string> targets;
};

TokenExchange::TokenExchange(const ExchangeParts& parts)
    : parts_(parts), by_subject_(kExchangesOfSubject), by_address_(kExchangesOfAddress) {}

net::Awaitable<ExchangeAnswer> TokenExchange::exchange(std::string form, Caller caller) {
  const MonoTime now = parts_.clock.mono();
  if (const auto wait = by_address_.take(counted_address(caller.address), now))
    co_return too_often(*wait);
  auto parsed = parse_token_request(form);
  if (const auto* error = std::get_if<OAuthError>(&parsed)) co_return error_answer(400, *error);
  TokenRequest& request = std::get<TokenRequest>(parsed);
  const Attempt attempt{std::string(kProtocol), caller.address, {}};
  auto verified = parts_.logins.verify(request.subject_token, attempt);
  if (auto fetched = newer_keys(verified)) {
    static_cast<void>(co_await fetched->wait());
    verified = parts_.logins.verify(request.subject_token, attempt);
  }
  if (auto* rejection = std::get_if<Rejection>(&verified)) {
    co_await parts_.logins.refuse(std::move(*rejection), attempt);
    co_return refused_token();
  }
  Principal& principal = std::get<Principal>(verified);
  if (const auto wait = by_subject_.take(principal.issuer + '\0' + principal.subject, now))
    co_return too_often(*wait);
  parts_.logins.accept(principal, attempt);
  co_return co_await grant(std::move(request), std::move(principal), std::move(caller));
}

net::Awaitable<ExchangeAnswer> TokenExchange::grant(TokenRequest request, Principal principal,
                                                    Caller caller) {
  auto resolved = resolve(request, principal, caller);
  if (auto* error = std::get_if<OAuthError>(&resolved))
    co_return co_await refuse(std::move(*error), std::move(principal), std::move(request.audience),
                              std::move(caller));
  Grant& given = std::get<Grant>(resolved);
  if (request.certificate)
    co_return co_await give_certificate(std::move(request), std::move(given), std::move(caller));
  co_return co_await give_ticket(std::move(request), std::move(given), std::move(caller));
}

std::vector<std::string> TokenExchange::targets_of(const Principal& principal) const {
  const std::shared_ptr<const Policy> policy = parts_.policy.current();
  std::vector<std::string> out;
  for (const auto& target : parts_.targets.all()) {
    const bool asked = principal.bound_target.empty() || principal.bound_target == target->name;
    if (asked && policy->bind(principal, target->name, target->protocol))
      out.push_back(target->name);
  }
  return out;
}

// A target without a role is answered like one that does not exist, so that names cannot be probed.
std::variant<TokenExchange::Grant, OAuthError> TokenExchange::resolve(const TokenRequest& request,
                                                                      Principal principal,
                                                                      const Caller& caller) const {
  const std::optional<std::string> target =
      target_of(request.audience, caller.base_url, caller.base_domain);
  const OAuthError no_target{"invalid_target",
                             "There is no such target, or no role of this identity opens it."};
  if (!target) return no_target;
  principal.bound_target = *target;
  Grant grant{principal, targets_of(principal)};
  if (grant.targets.empty() && (!target->empty() || request.role.empty())) return no_target;
  if (!request.role.empty()) {
    grant.principal.bound_role = request.role;
    grant.targets = targets_of(grant.principal);
    if (grant.targets.empty())
      return OAuthError{"invalid_scope", "This identity does not hold the role there."};
  }
  return grant;
}

net::Awaitable<ExchangeAnswer> TokenExchange::refuse(OAuthError error, Principal principal,
                                                     std::string target, Caller caller) {
  const Event event{"exchange.refused",
                    {{"issuer", principal.issuer},
                     {"subject", principal.subject},
                     {"actor", principal.actor()},
                     {"target", target.substr(0, kClaimedBytes)},
                     {"client_address", caller.address},
                     {"reason", error.code + ": " + error.description}}};
  Pending recorded = parts_.recorder.event(event);
  const Result<EventNumber> number = co_await recorded.wait();
  if (!number) co_return not_recorded();
  co_return error_answer(400, error);
}

net::Awaitable<ExchangeAnswer> TokenExchange::give_ticket(TokenRequest request, Grant grant,
                                                          Caller caller) {
  TicketRequest wanted;
  wanted.target = grant.principal.bound_target;
  wanted.role = grant.principal.bound_role;
  wanted.principal = std::move(grant.principal);
  wanted.uses = request.uses.value_or(1);
  wanted.lifetime = request.lifetime.value_or(kTicketLifetime);
  Result<TicketBook::Issued> issued = parts_.tickets.issue(std::move(wanted), caller.address);
  if (!issued && issued.error().code == ErrorCode::kLimit) co_return too_often(kTicketLifetime);
  if (!issued && issued.error().code == ErrorCode::kUnsupported)
    co_return error_answer(400, {"invalid_request", issued.error().detail});
  if (!issued) co_return refused_token();
  const Result<EventNumber> number = co_await issued->recorded.wait();
  if (!number) co_return not_recorded();
  co_return given(issued->ticket.text, kTicketType, "Bearer",
                  seconds_until(parts_.clock.wall(), issued->ticket.expires_at), request.role);
}

net::Awaitable<ExchangeAnswer> TokenExchange::give_certificate(TokenRequest request, Grant grant,
                                                               Caller caller) {
  Result<SshPublicKey> key = parse_ssh_public_key(request.ssh_public_key);
  if (!key)
    co_return error_answer(400, {"invalid_request", "ssh_public_key: " + key.error().detail});
  const auto nonce = random_bytes<32>();
  const auto serial = random_bytes<8>();
  Result<SshCa::Key> ca = co_await parts_.ca.key();
  if (!ca || !nonce || !serial) co_return not_recorded();

  CertificateRequest wanted;
  wanted.key = std::move(*key);
  wanted.principal = std::move(grant.principal);
  wanted.targets = std::move(grant.targets);
  wanted.client_ip = host_of(caller.address);
  wanted.nonce.assign(nonce->begin(), nonce->end());
  for (const unsigned char byte : *serial) wanted.serial = wanted.serial << 8 | byte;
  wanted.from = parts_.clock.wall();
  const auto lifetime = request.lifetime.value_or(kCertificateLifetime);
  wanted.until = std::min(wanted.from + lifetime, wanted.principal.expires_at);
  const Result<MadeCertificate> made = make_ssh_certificate(wanted, **ca);
  if (!made) {
    OAuthError error{"invalid_request", made.error().detail};
    co_return co_await refuse(std::move(error), std::move(wanted.principal),
                              std::move(request.audience), std::move(caller));
  }
  const Event event = issued_event(wanted, *made, **ca, caller);
  Pending recorded = parts_.recorder.event(event);
  const Result<EventNumber> number = co_await recorded.wait();
  if (!number) co_return not_recorded();
  co_return given(made->line, kCertificateType, "N_A",
                  seconds_until(parts_.clock.wall(), wanted.until), request.role);
}

}  // namespace sallyport::identity
