#include "protocols/postgres/login_road.h"

#include <openssl/crypto.h>

#include "core/identity/logins.h"
#include "core/metrics.h"
#include "protocols/postgres/own_words.h"
#include "protocols/postgres/parameters.h"
#include "protocols/postgres/refusal.h"
#include "protocols/postgres/target_settings.h"

namespace sallyport::postgres {
namespace {

// What an agent claims as a target's name is kept, but not more of it than this.
constexpr std::size_t kClaimedNameBytes = 256;

// Wiped however its reader ends.
class Wiped {
 public:
  explicit Wiped(std::string text) : text_(std::move(text)) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(text_.data(), text_.size()); }
  std::string_view view() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

net::Awaitable<LoginRoad::Verdict> LoginRoad::travel(AgentOpening& opening,
                                                     const StartupPacket& packet) {
  Result<Parameters> parameters = parameters_for_target(packet);
  if (!parameters) co_return Verdict(fatal("0A000", parameters.error().detail));
  WantedTarget wanted = wanted_target(packet);
  wanted.target = wanted.target.substr(0, kClaimedNameBytes);
  auto identified = co_await identify(opening, wanted.target);
  if (std::holds_alternative<std::monostate>(identified)) co_return Verdict(std::monostate());
  if (auto* told = std::get_if<ErrorFields>(&identified)) co_return Verdict(std::move(*told));
  Principal& principal = std::get<Principal>(identified);
  const std::string subject = principal.subject;
  auto opened = co_await open_session(opening.stream(), std::move(principal), wanted.target);
  if (!opened) {
    if (opened.error().code == ErrorCode::kNotRecorded) services_.metrics.not_recorded();
    co_return Verdict(fatal_for_session(opened.error(), wanted.target));
  }
  const std::string id = (*opened)->id().to_string();
  std::string database = wanted.database;
  if (database.empty()) database = postgres_settings((*opened)->target()).database;
  parameters->emplace_back("database", database);
  parameters->emplace_back("application_name",
                           application_name(id, subject, packet.parameter("application_name")));
  const SessionId session = (*opened)->id();
  std::string sqlstate;
  std::vector<std::string> words = own_words();
  Result<LoggedIn> reached = co_await target_.travel(std::move(*opened), std::move(*parameters),
                                                     std::move(words), sqlstate);
  if (reached) {
    reached->database = std::move(database);
    co_return Verdict(std::move(*reached));
  }
  services_.sessions.end(session, "unreachable");
  services_.metrics.upstream_error("postgres");
  if (reached.error().code == ErrorCode::kNotRecorded)
    co_return Verdict(fatal_for_session(reached.error(), wanted.target));
  co_return Verdict(fatal_for_upstream(reached.error(), sqlstate, id));
}

net::Awaitable<std::variant<Principal, ErrorFields, std::monostate>> LoginRoad::identify(
    AgentOpening& opening, const std::string& target) {
  using Found = std::variant<Principal, ErrorFields, std::monostate>;
  Result<std::string> password = co_await opening.ask_password();
  if (!password) {
    if (password.error().code == ErrorCode::kMalformed ||
        password.error().code == ErrorCode::kLimit)
      co_return Found(fatal("08P01", password.error().detail));
    co_return Found(std::monostate());
  }
  const Wiped token(std::move(*password));
  const identity::Attempt attempt{"postgres", opening.stream().peer_address(), target};
  std::variant<Principal, identity::Rejection> verified = identity::Rejection{
      "no token was given", {}, {}, identity::Rejection::Kind::kNone, std::nullopt};
  if (!token.view().empty()) verified = services_.logins.verify(token.view(), attempt);
  if (auto fetched = identity::newer_keys(verified)) {
    static_cast<void>(co_await fetched->wait());
    verified = services_.logins.verify(token.view(), attempt);
  }
  if (auto* rejection = std::get_if<identity::Rejection>(&verified)) {
    const bool shown = rejection->kind != identity::Rejection::Kind::kNone;
    co_await services_.logins.refuse(std::move(*rejection), attempt);
    co_return Found(fatal_for_login(shown));
  }
  services_.logins.accept(std::get<Principal>(verified), attempt);
  co_return Found(std::move(std::get<Principal>(verified)));
}

net::Awaitable<Result<std::shared_ptr<Session>>> LoginRoad::open_session(
    const net::Stream& stream, Principal principal, const std::string& target_name) {
  std::shared_ptr<const Target> target = services_.targets.find(target_name);
  if (!target || target->protocol != "postgres") {
    // Durable before it is answered, as the registry's own refusals are.
    Pending recorded = services_.recorder.event({"session.refused",
                                                 {{"target", target_name},
                                                  {"protocol", "postgres"},
                                                  {"issuer", principal.issuer},
                                                  {"subject", principal.subject},
                                                  {"actor", principal.actor()},
                                                  {"client_address", stream.peer_address()},
                                                  {"reason", "there is no such target"}}});
    Result<EventNumber> number = co_await recorded.wait();
    if (!number) co_return number.error();
    co_return Error{ErrorCode::kDenied, "there is no such target"};
  }
  SessionRequest request;
  request.principal = std::move(principal);
  request.target = std::move(target);
  request.client_address = stream.peer_address();
  request.crypto = stream.crypto();
  co_return co_await services_.sessions.open(std::move(request));
}

}  // namespace sallyport::postgres
