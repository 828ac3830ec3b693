#include "protocols/postgres/sql/text_cache.h"

#include <catch2/catch.hpp>

#include "support.h"

namespace sallyport::postgres::sql {

TEST_CASE("The same text again is not read again") {
  TextCache cache;
  const SessionState state;
  const auto first = cache.read("SELECT 1", shared_fixture(), state);
  CHECK(cache.read("SELECT 1", shared_fixture(), state) == first);
  REQUIRE(first->commands.size() == 1);
  CHECK(first->commands[0].text == "SELECT 1");
  const auto other = std::make_shared<const Catalog>();
  CHECK(cache.read("SELECT 1", other, state) != first);
}

TEST_CASE("What depends on the session, or changes it, is read anew") {
  TextCache cache;
  SessionState state;
  for (const char* text :
       {"EXECUTE p", "FETCH c", "PREPARE p AS SELECT 1", "SET search_path = a"}) {
    INFO(text);
    CHECK(cache.read(text, shared_fixture(), state) != cache.read(text, shared_fixture(), state));
  }
  const auto usual = cache.read("SELECT 1 FROM orders", shared_fixture(), state);
  StateChange change;
  change.kind = StateChange::Kind::kSearchPath;
  change.path = {"app"};
  state.apply(change);
  CHECK(cache.read("SELECT 1 FROM orders", shared_fixture(), state) != usual);
}

TEST_CASE("The cache stays within its limit and keeps what is used") {
  TextCache cache;
  const SessionState state;
  const auto used = cache.read("SELECT 0", shared_fixture(), state);
  for (std::size_t i = 1; i < 2 * kCachedTexts; ++i) {
    cache.read("SELECT " + std::to_string(i), shared_fixture(), state);
    if (i % 1'000 == 0) cache.read("SELECT 0", shared_fixture(), state);
  }
  CHECK(cache.size() <= kCachedTexts);
  CHECK(cache.read("SELECT 0", shared_fixture(), state) == used);
  const std::string text = "SELECT '" + std::string(kCachedTextBytes, 'x') + "'";
  CHECK(cache.read(text, shared_fixture(), state) != cache.read(text, shared_fixture(), state));
}

}  // namespace sallyport::postgres::sql
