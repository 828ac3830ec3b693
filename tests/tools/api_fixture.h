// The admin interface with the real registry and authenticator over a store in memory.
#pragma once

#include "core/identity/dev_issuer.h"
#include "core/identity/logins.h"
#include "core/identity/tickets.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"
#include "tests/tools/temporary_folder.h"
#include "tools/admin/api.h"
#include "tools/admin/limits.h"
#include "tools/admin/routes.h"

namespace sallyport::admin {

struct ApiFixture {
  ApiFixture() {
    target = std::make_shared<Target>();
    target->name = "crm";
    target->protocol = "http";
    users = {{1000, "", "alice", {"admin"}, {}},
             {1001, "", "audrey", {"auditor"}, {}},
             {1002, "", "amy", {"approver"}, {}},
             {std::nullopt, "dev", "bob", {"admin"}, {}}};
  }

  Api make_api() {
    HealthParts health{sessions, store, metrics, [this] { return draining; },
                       [] { return std::size_t{3}; }};
    Areas areas{std::move(health), &sessions};
    areas.access.emplace(
        AccessParts{access_control, &logins, StorePlace{{}, readers}, [this] { return config(); }});
    ApiParts parts{store, &logins, [this] { return config(); }};
    return Api(std::move(parts), make_routes(areas));
  }

  std::shared_ptr<const config::Config> config() const {
    auto out = std::make_shared<config::Config>();
    out->admin.users = users;
    out->admin.groups = groups;
    out->issuers = {issuer};
    return out;
  }

  config::Issuer make_issuer() {
    config::Issuer out;
    out.name = "dev";
    out.type = config::IssuerType::kDevelopment;
    out.issuer = "sallyport:dev";
    out.audience = "sallyport";
    out.algorithms = {"EdDSA"};
    out.key = folder.write("dev.pem", identity::make_dev_key().value(), 0600);
    return out;
  }

  // What the interface itself recorded.
  std::vector<test::MemoryRecorder::Record> calls() const {
    auto out = store.of_kind("event");
    std::erase_if(out, [](const auto& r) { return !r.event.type.starts_with("admin."); });
    return out;
  }

  std::string open_session() {
    Principal p;
    p.issuer = "dev";
    p.subject = "agent-1";
    p.groups = {"agents"};
    p.expires_at = clock.wall() + std::chrono::hours(1);
    auto session = loop.run(sessions.open({p, target, "127.0.0.1:5", "", {}}));
    return session.value()->id().to_string();
  }

  ApiReply call(std::optional<unsigned> uid, const std::string& method, const std::string& uri,
                const std::string& authorization = {}, const std::string& body = {}) {
    ApiRequest request;
    request.method = method;
    request.authorization = authorization;
    request.body = body;
    request.peer = "peer";
    request.uid = uid;
    if (read_target(uri, request)) throw std::invalid_argument(uri);
    return loop.run(api.handle(request));
  }

  std::string token(const std::string& subject) {
    return identity::issue_token(issuer, subject, {"admin"}, "", std::chrono::minutes(5),
                                 clock.wall())
        .value();
  }

  test::TemporaryFolder folder;
  test::FakeClock clock;
  test::MemoryRecorder store;
  test::FakePolicySource policies{test::allow_all};
  test::Loop loop;
  Metrics metrics;
  SessionRegistry sessions{store, policies, clock, SessionLimits{}};
  config::Issuer issuer = make_issuer();
  std::unique_ptr<identity::Authenticator> authenticator =
      identity::Authenticator::make({issuer}, clock).value();
  std::shared_ptr<Target> target;
  identity::AccessBook access;
  identity::TicketBook tickets{store, clock};
  identity::Logins logins{*authenticator, access, tickets, store, metrics, clock, {}};
  identity::AccessControl access_control{access, store, clock, {&sessions, &logins}};
  net::WorkerPool readers{1, kStoreReadings};
  std::vector<config::AdminUser> users;
  std::map<std::string, std::vector<Privilege>> groups;
  bool draining = false;
  Api api = make_api();
};

}  // namespace sallyport::admin
