#include "protocols/postgres/target_road.h"

#include "core/log/log.h"
#include "core/secrets/secret_source.h"
#include "protocols/postgres/limits.h"
#include "protocols/postgres/target_login.h"

namespace sallyport::postgres {

net::Awaitable<Result<LoggedIn>> TargetRoad::travel(std::shared_ptr<Session> session,
                                                    Parameters parameters,
                                                    std::vector<std::string> words,
                                                    std::string& sqlstate) {
  const Target& target = session->target();
  secrets::SharedSecret held;
  std::string_view password;
  config::SecretBytes whole;
  if (target.credential) {
    const config::SecretReference& reference = target.credential->reference;
    Result<secrets::SharedSecret> got = co_await services_.secrets.get(reference);
    if (!got) co_return got.error();
    held = std::move(*got);
    whole = reference.with_prefix(held->value);
    password = whole.view();
    CredentialUse& use = session->credential_use();
    Result<void> told = co_await use.tell(services_.recorder, *session, held->id, held->guard);
    if (!told) co_return told.error();
  }
  TargetLogin login({target.endpoint.host, postgres_settings(target), password,
                     std::move(parameters), scram_keys_, std::move(words)});
  const MonoTime deadline = services_.clock.mono() + kConnectDeadline;
  auto upstream = co_await services_.dialer.dial(target.endpoint, deadline, login);
  if (!upstream) {
    log::warn("a PostgreSQL target was not reached",
              {{"target", target.name},
               {"session", session->id().to_string()},
               {"cause", upstream.error().detail},
               {"server", login.refusal() ? login.refusal()->message : std::string()}});
    if (login.refusal()) sqlstate = login.refusal()->sqlstate;
    co_return upstream.error();
  }
  LoggedIn out;
  out.session = std::move(session);
  out.upstream = std::move(*upstream);
  out.status = login.status();
  out.key = login.key();
  co_return out;
}

}  // namespace sallyport::postgres
