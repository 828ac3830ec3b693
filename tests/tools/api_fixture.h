// The admin interface with the real registry and authenticator over a store in memory.
#pragma once

#include "core/identity/dev_issuer.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"
#include "tests/tools/temporary_folder.h"
#include "tools/admin/api.h"

namespace sallyport::admin {

struct ApiFixture {
  ApiFixture() {
    issuer.name = "dev";
    issuer.type = config::IssuerType::kDevelopment;
    issuer.issuer = "sallyport:dev";
    issuer.audience = "sallyport";
    issuer.algorithms = {"EdDSA"};
    issuer.key = folder.write("dev.pem", identity::make_dev_key().value(), 0600);
    authenticator = identity::Authenticator::make({issuer}, clock).value();
    target = std::make_shared<Target>();
    target->name = "crm";
    target->protocol = "http";
    users = {{1000, "", "alice", {"admin"}},
             {1001, "", "audrey", {"auditor"}},
             {1002, "", "amy", {"approver"}},
             {std::nullopt, "dev", "bob", {"admin"}}};
  }

  ApiParts parts() {
    return {sessions,
            store,
            *authenticator,
            metrics,
            [this] { return users; },
            [this] { return draining; },
            [] { return std::size_t{3}; }};
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

  ApiReply call(std::optional<unsigned> uid, const std::string& method, const std::string& path,
                const std::string& authorization = {}, const std::string& body = {}) {
    return Api(parts()).handle({method, path, authorization, body, "peer", uid});
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
  config::Issuer issuer;
  std::unique_ptr<identity::Authenticator> authenticator;
  std::shared_ptr<Target> target;
  std::vector<config::AdminUser> users;
  bool draining = false;
};

}  // namespace sallyport::admin
