#include "tools/admin/access.h"

#include <catch2/catch.hpp>

namespace sallyport::admin {
namespace {

std::vector<config::AdminUser> users() {
  config::AdminUser alice{1000, "", "alice", {"admin"}};
  config::AdminUser bob{std::nullopt, "corp", "bob", {"auditor"}};
  return {alice, bob};
}

Principal principal(std::string issuer, std::string subject) {
  Principal p;
  p.issuer = std::move(issuer);
  p.subject = std::move(subject);
  p.groups = {"admin"};
  return p;
}

}  // namespace

TEST_CASE("What each group may do is this table") {
  struct Row {
    std::vector<std::string> groups;
    bool read;
    bool end;
  };
  for (const Row& row : std::vector<Row>{{{"admin"}, true, true},
                                         {{"auditor"}, true, false},
                                         {{"approver"}, false, false},
                                         {{"dba"}, false, false},
                                         {{}, false, false},
                                         {{"auditor", "approver"}, true, false},
                                         {{"approver", "admin"}, true, true}}) {
    Caller caller{"x", row.groups};
    CHECK(may(caller, Privilege::kReadSessions) == row.read);
    CHECK(may(caller, Privilege::kEndSession) == row.end);
  }
}

TEST_CASE("A uid is the person written for it, and uid 0 is nobody unless written") {
  auto caller = caller_of_uid(users(), 1000);
  REQUIRE(caller);
  CHECK(caller->subject == "alice");
  CHECK_FALSE(caller_of_uid(users(), 0));
  CHECK_FALSE(caller_of_uid(users(), 1001));
}

TEST_CASE(
    "A token's person needs the issuer and the subject, and the groups are those written here") {
  auto caller = caller_of_principal(users(), principal("corp", "bob"));
  REQUIRE(caller);
  CHECK(caller->groups == std::vector<std::string>{"auditor"});
  CHECK_FALSE(caller_of_principal(users(), principal("dev", "bob")));
  CHECK_FALSE(caller_of_principal(users(), principal("corp", "alice")));
  // An entry for a uid is never met by a token with an empty issuer.
  CHECK_FALSE(caller_of_principal(users(), principal("", "alice")));
}

}  // namespace sallyport::admin
