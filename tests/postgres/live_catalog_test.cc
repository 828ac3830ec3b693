#include "protocols/postgres/live_catalog.h"

#include <catch2/catch.hpp>

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

const MonoTime kStart{std::chrono::hours{1}};
const auto kLater = kStart + std::chrono::minutes{5};

std::shared_ptr<const sql::Catalog> some() { return std::make_shared<const sql::Catalog>(); }

}  // namespace

TEST_CASE("The first who needs a catalog reads it, and the others wait for that") {
  LiveCatalog live("orders");
  CHECK(live.due(kStart));
  const auto first = live.take_turn(kStart);
  const auto second = live.take_turn(kStart);
  CHECK((first.read && first.wait));
  CHECK((!second.read && second.wait));
  CHECK_FALSE(second.over.ready());
  const auto catalog = some();
  live.done(catalog, {1}, kLater);
  CHECK((first.over.ready() && second.over.ready()));
  CHECK(live.get() == catalog);
  CHECK(live.version() == 1);
  CHECK_FALSE(live.due(kStart));
}

TEST_CASE("An old catalog does until there is a new one") {
  LiveCatalog live("orders");
  live.take_turn(kStart);
  live.done(some(), {1}, kLater);
  REQUIRE(live.due(kLater));
  const auto turn = live.take_turn(kLater);
  CHECK((turn.read && !turn.wait));
}

TEST_CASE("A catalog of before a definition is waited for anew") {
  LiveCatalog live("orders");
  live.take_turn(kStart);
  live.done(some(), {1}, kLater);
  live.changed();
  REQUIRE(live.due(kStart));
  const auto turn = live.take_turn(kStart);
  CHECK((turn.read && turn.wait));
  live.changed();  // while it is being read
  live.done(some(), {1}, kLater);
  CHECK(turn.over.ready());
  CHECK(live.due(kStart));
  CHECK(live.take_turn(kStart).wait);
}

TEST_CASE(
    "Nobody waits for a slow target longer than patience says, and none for one that failed") {
  LiveCatalog live("orders");
  const auto first = live.take_turn(kStart);
  live.go_on();
  CHECK(first.over.ready());
  const auto second = live.take_turn(kStart);
  CHECK((!second.read && !second.wait));
  live.failed(kLater);
  CHECK_FALSE(live.due(kStart));
  CHECK(live.version() == 0);
  CHECK(live.take_turn(kLater).read);
}

TEST_CASE("A catalog that is the same again stays in its place") {
  LiveCatalog live("orders");
  live.take_turn(kStart);
  live.done(some(), {1}, kLater);
  const auto first = live.get();
  live.take_turn(kLater);
  live.done(some(), {1}, kLater + std::chrono::minutes{1});
  CHECK((live.get() == first && live.version() == 1));
  CHECK_FALSE(live.due(kLater));
  live.take_turn(kLater + std::chrono::minutes{1});
  live.done(some(), {2}, kLater + std::chrono::minutes{2});
  CHECK((live.get() != first && live.version() == 2));
}
