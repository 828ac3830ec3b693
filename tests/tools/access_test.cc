#include "tools/admin/access.h"

#include <catch2/catch.hpp>

namespace sallyport::admin {
namespace {

using P = Privilege;

config::Admin people() {
  config::Admin out;
  out.users = {{1000, "", "alice", {"admin"}, {}}, {std::nullopt, "corp", "bob", {"auditor"}, {}}};
  out.groups = {{"sre", {P::kReadSessions, P::kEndSessions}}, {"idle", {}}};
  return out;
}

Principal principal(std::string issuer, std::string subject) {
  Principal p;
  p.issuer = std::move(issuer);
  p.subject = std::move(subject);
  p.groups = {"admin"};
  p.auth_method = "jwt";
  return p;
}

}  // namespace

TEST_CASE("What each group may do is this table") {
  const std::vector<P> reads = {P::kReadSessions, P::kReadSecrets, P::kReadAccess, P::kReadCa};
  const std::vector<P> nothing;
  struct Row {
    std::vector<std::string> groups;
    std::vector<P> privileges;
  };
  for (const Row& row : std::vector<Row>{{{"admin"}, config::all_privileges()},
                                         {{"auditor"}, reads},
                                         {{"approver"}, {P::kReadCa}},
                                         {{"sre"}, {P::kReadSessions, P::kEndSessions}},
                                         {{"idle"}, nothing},
                                         {{"dba"}, nothing},
                                         {{"Admin"}, nothing},
                                         {{}, nothing},
                                         {{"auditor", "approver"}, reads},
                                         {{"approver", "admin"}, config::all_privileges()}}) {
    CHECK(privileges_of(people(), row.groups) == row.privileges);
  }
}

TEST_CASE("No group that is built in reads and changes, but admin") {
  for (const char* group : {"auditor", "approver"})
    for (Privilege privilege : privileges_of(people(), {group}))
      CHECK_FALSE(config::changes(privilege));
}

TEST_CASE("A uid is the person written for it, and uid 0 is nobody unless written") {
  auto caller = caller_of_uid(people(), 1000);
  REQUIRE(caller);
  CHECK(caller->subject == "alice");
  CHECK(may(*caller, P::kChangeSecrets));
  CHECK_FALSE(caller_of_uid(people(), 0));
  CHECK_FALSE(caller_of_uid(people(), 1001));
}

TEST_CASE(
    "A token's person needs the issuer and the subject, and the groups are those written here") {
  auto caller = caller_of_principal(people(), principal("corp", "bob"));
  REQUIRE(caller);
  CHECK(caller->groups == std::vector<std::string>{"auditor"});
  CHECK_FALSE(may(*caller, P::kEndSessions));
  CHECK_FALSE(caller_of_principal(people(), principal("dev", "bob")));
  CHECK_FALSE(caller_of_principal(people(), principal("corp", "alice")));
  // An entry for a uid is never met by a token with an empty issuer.
  CHECK_FALSE(caller_of_principal(people(), principal("", "alice")));
}

TEST_CASE("An agent that acts for a person is not that person, and a ticket is nobody") {
  Principal delegated = principal("corp", "bob");
  delegated.actors = {"agent-1"};
  CHECK_FALSE(caller_of_principal(people(), delegated));
  Principal ticket = principal("corp", "bob");
  ticket.auth_method = "ticket";
  CHECK_FALSE(caller_of_principal(people(), ticket));
}

TEST_CASE("Duties that one person should not have together are found, also over two entries") {
  config::Admin admin = people();
  CHECK(conflicts(admin).empty());
  admin.users.push_back({1001, "", "bob", {"admin"}, {7, 5}});
  admin.users.push_back({1002, "", "carol", {"auditor", "sre"}, {8, 5}});
  admin.users.push_back({1003, "", "dave", {"auditor", "idle", "approver"}, {9, 5}});
  auto found = conflicts(admin);
  REQUIRE(found.size() == 2);
  CHECK(found[0].message.find("bob is an auditor and may also end-sessions") == 0);
  CHECK(found[1].message.find("carol") == 0);
  CHECK(found[1].position.line == 8);
}

TEST_CASE("Every privilege has a name of its own, which reads back") {
  for (Privilege privilege : config::all_privileges())
    CHECK(config::parse_privilege(config::to_string(privilege)) == privilege);
  CHECK_FALSE(config::parse_privilege("read"));
}

}  // namespace sallyport::admin
