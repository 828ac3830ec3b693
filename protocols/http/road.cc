#include "protocols/http/road.h"

#include "core/metrics.h"
#include "protocols/http/characters.h"
#include "protocols/http/facts.h"
#include "protocols/http/peer.h"
#include "protocols/http/problem.h"

namespace sallyport::http {
namespace {

// What an agent claims as a target's name is kept, but not more of it than this.
constexpr std::size_t kClaimedNameBytes = 256;

std::string claimed_name(const std::string& name) { return name.substr(0, kClaimedNameBytes); }

// RFC 6750 §2.1: the scheme's name in any case, one space, the token. Nothing for another scheme,
// or for two Authorization fields, of which each reader could take another.
std::optional<std::string_view> bearer_token(const Fields& fields) {
  if (fields.count("Authorization") != 1) return std::nullopt;
  std::string_view value = *fields.find("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() <= kScheme.size() || !same_name(value.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  return trim(value.substr(kScheme.size()));
}

Problem unauthenticated() {
  Problem problem;
  problem.status = 401;
  problem.detail = "Send a valid token as `Authorization: Bearer TOKEN`.";
  return problem;
}

}  // namespace

Road::Road(const Services& services)
    : services_(services), sessions_(services.sessions, services.logins), own_paths_(services) {}

std::variant<Principal, identity::Rejection> Road::authenticate(
    const Exchange& exchange, const identity::Attempt& attempt) const {
  std::optional<std::string_view> token = bearer_token(exchange.request().fields);
  if (!token)
    return identity::Rejection{"no bearer token", {}, {}, identity::Rejection::Kind::kNone};
  return services_.logins.verify(*token, attempt);
}

net::Awaitable<void> Road::travel(ServeThread& thread, Exchange& exchange,
                                  std::string base_domain) {
  const RequestHead& head = exchange.request();
  TargetResult parsed = parse_target(head.target, head.method);
  if (parsed.target && !hosts_agree(head, *parsed.target))
    parsed.error = WireError{400, "the request target and Host name different hosts"};
  if (parsed.error) {
    exchange.stop_reading();
    const Problem problem = problem_for_wire(parsed.error->status, parsed.error->detail);
    static_cast<void>(co_await respond_with(exchange, problem, {}, {}));
    co_return;
  }
  Route route = find_route(head, *parsed.target, base_domain);
  if (is_own_path(route)) {
    co_await own_paths_.answer(exchange, std::move(*parsed.target), std::move(route),
                               std::move(base_domain));
    co_return;
  }
  const identity::Attempt attempt{"http", exchange.peer_address(), claimed_name(route.target)};
  auto verified = authenticate(exchange, attempt);
  if (auto fetched = identity::newer_keys(verified)) {
    static_cast<void>(co_await fetched->wait());
    verified = authenticate(exchange, attempt);
  }
  if (auto* rejection = std::get_if<identity::Rejection>(&verified)) {
    const bool sent = rejection->kind != identity::Rejection::Kind::kNone;
    co_await services_.logins.refuse(std::move(*rejection), attempt);
    const Problem problem = unauthenticated();
    // Without a reason, which would help only somebody who tries tokens.
    const std::string base = base_url(head, *parsed.target, !exchange.crypto().empty());
    Fields fields;
    fields.add("WWW-Authenticate", challenge(sent, metadata_url(base, route)));
    static_cast<void>(co_await respond_with(exchange, problem, {}, fields));
    co_return;
  }
  co_await act(thread, exchange, std::move(*parsed.target), std::move(route),
               std::move(std::get<Principal>(verified)));
}

net::Awaitable<Result<std::shared_ptr<Session>>> Road::open_session(Exchange& exchange,
                                                                    Principal principal,
                                                                    std::string target_name) {
  std::shared_ptr<const Target> target = services_.targets.find(target_name);
  if (!target || target->protocol != "http")
    return refuse_unknown(exchange, std::move(principal), std::move(target_name));
  SessionRequest request;
  request.principal = std::move(principal);
  request.target = std::move(target);
  request.client_address = exchange.peer_address();
  request.crypto = exchange.crypto();
  return sessions_.find_or_open(std::move(request));
}

// Durable before it is answered, and answered, as the registry's own refusals are.
net::Awaitable<Result<std::shared_ptr<Session>>> Road::refuse_unknown(Exchange& exchange,
                                                                      Principal principal,
                                                                      std::string target_name) {
  Event event;
  event.type = "session.refused";
  event.fields = {
      {"target", claimed_name(target_name)}, {"protocol", "http"},
      {"issuer", principal.issuer},          {"subject", principal.subject},
      {"actor", principal.actor()},          {"client_address", exchange.peer_address()},
      {"reason", "there is no such target"}};
  Pending recorded = services_.recorder.event(event);
  Result<EventNumber> number = co_await recorded.wait();
  if (!number) co_return number.error();
  co_return Error{ErrorCode::kDenied, "there is no such target"};
}

net::Awaitable<void> Road::act(ServeThread& thread, Exchange& exchange, RequestTarget target,
                               Route route, Principal principal) {
  Result<std::shared_ptr<Session>> opened =
      co_await open_session(exchange, std::move(principal), route.target);
  if (!opened) {
    if (opened.error().code == ErrorCode::kNotRecorded) services_.metrics.not_recorded();
    const Problem problem = problem_for_session(opened.error());
    static_cast<void>(co_await respond_with(exchange, problem, {}, {}));
    co_return;
  }
  const std::shared_ptr<Session>& session = *opened;
  exchange.bind(session);
  std::vector<Command> unit;
  unit.push_back(command_for(exchange.request(), target, route.path));
  std::string line = unit.front().text;
  Admission admission = co_await services_.gate.admit(session, std::move(unit));
  if (auto* refusal = std::get_if<Refusal>(&admission)) {
    co_await refuse(exchange, std::move(*refusal));
    co_return;
  }
  services_.metrics.command("http", "allow");
  Permit& permit = std::get<std::vector<Permit>>(admission).front();
  Admitted admitted{std::move(permit), std::move(route), std::move(target), std::move(line)};
  auto relay = std::make_shared<Relay>(services_, thread, exchange, std::move(admitted));
  co_await relay->run();
}

net::Awaitable<void> Road::refuse(Exchange& exchange, Refusal refusal) {
  if (refusal.code == "not_recorded") {
    services_.metrics.not_recorded();
  } else {
    services_.metrics.command("http", "deny");
  }
  const Problem problem = problem_for(refusal);
  static_cast<void>(co_await respond_with(exchange, problem, refusal.session, {}));
}

}  // namespace sallyport::http
