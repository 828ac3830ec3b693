#include <catch2/catch.hpp>

#include "core/identity/token_cache.h"

namespace sallyport::identity {
namespace {

WallTime at(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

std::shared_ptr<const Principal> principal(int expires) {
  auto made = std::make_shared<Principal>();
  made->subject = "agent";
  made->expires_at = at(expires);
  return made;
}

TEST_CASE("A remembered token is found until it expires, and only under its generation") {
  TokenCache cache;
  const Sha256 token = sha256("a");
  CHECK(cache.find(token, 1, at(0)) == nullptr);
  cache.insert(token, 1, principal(100));
  REQUIRE(cache.find(token, 1, at(99)) != nullptr);
  CHECK(cache.find(token, 1, at(99))->subject == "agent");
  CHECK(cache.find(sha256("b"), 1, at(99)) == nullptr);
  CHECK(cache.find(token, 1, at(100)) == nullptr);
  CHECK(cache.find(token, 1, at(99)) == nullptr);
  cache.insert(token, 1, principal(100));
  CHECK(cache.find(token, 2, at(0)) == nullptr);
  CHECK(cache.size() == 0);
}

TEST_CASE("The memory of tokens is bounded, and the oldest go first") {
  TokenCache cache(kCacheShards * 4);
  const Sha256 last = sha256("last");
  for (int i = 0; i < 10'000; ++i) cache.insert(sha256(std::to_string(i)), 1, principal(100));
  cache.insert(last, 1, principal(100));
  CHECK(cache.size() <= kCacheShards * 4);
  CHECK(cache.find(last, 1, at(0)) != nullptr);
  CHECK(cache.find(sha256("0"), 1, at(0)) == nullptr);
}

TEST_CASE("A token that is forgotten and remembered again and again does not grow the memory") {
  TokenCache cache(kCacheShards);
  const Sha256 token = sha256("a");
  for (int i = 0; i < 1'000; ++i) {
    cache.insert(token, 1, principal(1));
    CHECK(cache.find(token, 1, at(2)) == nullptr);
  }
  CHECK(cache.size() == 0);
}

}  // namespace
}  // namespace sallyport::identity
