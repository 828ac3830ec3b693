// Identities in the store: seen, given roles, disabled and enabled; rebuilt by a verification.
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

namespace {

struct AccessFixture : StoreFixture {
  void event(const std::string& type, std::vector<std::pair<std::string, std::string>> fields) {
    REQUIRE(wait(store->event({type, std::move(fields)})));
  }
  void login(const std::string& subject, bool accepted) {
    REQUIRE(wait(store->login({"http", "192.0.2.9:1", "corp", subject, accepted, ""})));
  }
  std::vector<PrincipalRow> principals(const PrincipalQuery& asked = {}) {
    auto rows = reader()->principals(asked);
    INFO((rows ? "" : rows.error().detail));
    REQUIRE(rows);
    return *rows;
  }
  void must_verify() {
    auto report = verify();
    INFO(describe(report));
    CHECK(report.ok);
  }
};

}  // namespace

TEST_CASE_METHOD(AccessFixture, "An identity is known from its first accepted login on") {
  open();
  login("mallory", false);
  CHECK(principals().empty());
  login("alice", true);
  clock.advance(std::chrono::hours(1));
  login("alice", false);
  auto session = store->open_session(opened_by("alice"));
  command(*session, 1, "GET /v1/orders/7");
  REQUIRE(wait(
      session->intent(CommandSeq{2}, a_command("DELETE /v1/orders/7", Action::kDelete), denied())));
  auto rows = principals();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].issuer == "corp");
  CHECK(rows[0].state == "active");
  CHECK(rows[0].first_seen == "2026-11-23T00:00:00.000Z");
  CHECK(rows[0].last_seen == "2026-11-23T01:00:00.000Z");
  CHECK(rows[0].groups == "[\"agents\",\"eu\"]");
  CHECK(rows[0].roles == "[\"support\"]");
  CHECK(rows[0].targets == "[\"orders\"]");
  CHECK(rows[0].sessions == 1);
  CHECK(rows[0].denied == 1);
  CHECK(rows[0].failed_logins == 1);
  CHECK(rows[0].last_failed_login == "2026-11-23T01:00:00.000Z");
  must_verify();
}

TEST_CASE_METHOD(AccessFixture, "Where roles come from is kept with when it was last used") {
  open();
  for (const char* via : {"group agents", "group agents", "subject alice"})
    event("authz.resolved", {{"session", "s"},
                             {"issuer", "corp"},
                             {"subject", "alice"},
                             {"target", "orders"},
                             {"policy", "p1"},
                             {"role:support", via}});
  auto grants = reader()->grants("alice");
  REQUIRE(grants);
  REQUIRE(grants->size() == 2);
  CHECK((*grants)[0].role == "support");
  CHECK((*grants)[0].via == "group agents");
  CHECK((*grants)[1].via == "subject alice");
  must_verify();
}

TEST_CASE_METHOD(AccessFixture, "Orders survive, are undone, and are rows of the view changes") {
  open();
  login("alice", true);
  event("access.disabled", {{"subject", "alice"}, {"reason", "left"}, {"by", "root"}});
  event("access.disabled", {{"subject", "bob"}, {"issuer", "corp"}, {"by", "root"}});
  close();
  open();
  auto orders = reader()->access_orders();
  REQUIRE(orders);
  REQUIRE(orders->size() == 2);
  CHECK((*orders)[0].subject == "alice");
  CHECK((*orders)[0].issuer.empty());
  CHECK((*orders)[0].reason == "left");
  CHECK((*orders)[1].issuer == "corp");
  auto rows = principals();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].state == "disabled");
  CHECK(rows[0].disabled_by == "root");
  CHECK(rows[1].subject == "bob");
  CHECK_FALSE(rows[1].first_seen);
  must_verify();
  event("access.enabled", {{"subject", "alice"}, {"by", "root"}});
  CHECK(reader()->access_orders()->size() == 1);
  CHECK(query("SELECT kind, subject, before, after FROM changes") ==
        std::vector<std::string>{"access|root|alice: enabled|alice: disabled, left",
                                 "access|root|bob of corp: enabled|bob of corp: disabled",
                                 "access|root|alice: disabled|alice: enabled"});
  must_verify();
}

TEST_CASE_METHOD(AccessFixture, "Enabling without an issuer undoes every order of the subject") {
  open();
  event("access.disabled", {{"subject", "alice"}, {"by", "root"}});
  event("access.disabled", {{"subject", "alice"}, {"issuer", "corp"}, {"by", "root"}});
  event("access.enabled", {{"subject", "alice"}, {"issuer", "dev"}, {"by", "root"}});
  CHECK(reader()->access_orders()->size() == 2);
  event("access.enabled", {{"subject", "alice"}, {"by", "root"}});
  CHECK(reader()->access_orders()->empty());
  must_verify();
}

TEST_CASE_METHOD(AccessFixture, "Identities are listed by name, state and last use") {
  open();
  login("old", true);
  login("old-and-out", true);
  clock.advance(std::chrono::hours(24 * 100));
  login("new", true);
  event("access.disabled", {{"subject", "old-and-out"}, {"by", "root"}});
  PrincipalQuery unused;
  unused.unused_since = clock.wall() - std::chrono::hours(24 * 90);
  REQUIRE(principals(unused).size() == 1);
  CHECK(principals(unused)[0].subject == "old");
  PrincipalQuery disabled;
  disabled.disabled_only = true;
  REQUIRE(principals(disabled).size() == 1);
  PrincipalQuery named;
  named.subject = "old*";
  CHECK(principals(named).size() == 2);
  named.limit = 1;
  CHECK(principals(named).size() == 1);
}

TEST_CASE_METHOD(AccessFixture, "A verification finds an order that was struck out") {
  open();
  event("access.disabled", {{"subject", "alice"}, {"by", "root"}});
  close();
  tamper("DELETE FROM derived_access");
  auto report = verify();
  CHECK_FALSE(report.ok);
  CHECK(describe(report).find("derived_access") != std::string::npos);
}
