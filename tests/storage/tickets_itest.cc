// Tickets as the store knows them: what a broker that restarts goes on with.
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::test;

namespace {

Event issued(const std::string& ticket, const std::string& uses, const std::string& target = "") {
  return {"ticket.issued",
          {{"ticket", ticket},
           {"target", target},
           {"uses", uses},
           {"expires_us", "1795392060000000"},
           {"identity", "{}"}}};
}

Event redeemed(const std::string& ticket, const std::string& target) {
  return {"ticket.redeemed", {{"ticket", ticket}, {"bound_target", target}}};
}

const WallTime kBefore{std::chrono::microseconds(1'795'392'000'000'000)};

}  // namespace

TEST_CASE_METHOD(StoreFixture, "Tickets survive a restart with the uses they have left") {
  open();
  REQUIRE(wait(store->event(issued("a", "3"))));
  REQUIRE(wait(store->event(issued("b", "1", "crm"))));
  REQUIRE(wait(store->event(issued("c", "1", "crm"))));
  REQUIRE(wait(store->event(redeemed("a", "orders"))));
  REQUIRE(wait(store->event(redeemed("b", "crm"))));
  close();
  open();
  const auto tickets = reader()->tickets(kBefore).value();
  REQUIRE(tickets.size() == 2);
  CHECK(tickets[0].uses_left == 2);
  CHECK(tickets[0].target == "orders");
  CHECK(tickets[0].issued == issued("a", "3").fields);
  CHECK(tickets[1].issued.front().second == "c");
  CHECK(reader()->tickets(kBefore + std::chrono::minutes(2)).value().empty());
  CHECK(verify().ok);
}

TEST_CASE_METHOD(StoreFixture, "The log holds no use that a ticket does not have") {
  open();
  REQUIRE(wait(store->event(issued("a", "1"))));
  REQUIRE(wait(store->event(redeemed("a", "crm"))));
  CHECK_FALSE(wait(store->event(redeemed("a", "crm"))));
  CHECK_FALSE(wait(store->event(redeemed("unknown", "crm"))));
  CHECK_FALSE(wait(store->event(issued("a", "1"))));
  CHECK_FALSE(wait(store->event(issued("b", "many"))));
  CHECK(verify().ok);
}

TEST_CASE_METHOD(StoreFixture, "A ticket that was given uses back is found") {
  open();
  REQUIRE(wait(store->event(issued("a", "1"))));
  REQUIRE(wait(store->event(redeemed("a", "crm"))));
  close();
  tamper("UPDATE derived_ticket SET uses_left = 1");
  CHECK_FALSE(verify().ok);
}
