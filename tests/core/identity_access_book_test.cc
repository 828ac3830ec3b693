#include <catch2/catch.hpp>

#include "core/identity/access_book.h"
#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

Principal who(const std::string& issuer, const std::string& subject,
              std::vector<std::string> actors = {}) {
  Principal out;
  out.issuer = issuer;
  out.subject = subject;
  out.actors = std::move(actors);
  return out;
}

}  // namespace

TEST_CASE("A subject is shut out of every issuer, or of one") {
  AccessBook book;
  CHECK_FALSE(book.shuts_out(who("corp", "a")));
  REQUIRE(book.disable({"a", "", "left", "alice", {}}));
  CHECK(book.shuts_out(who("corp", "a"))->reason == "left");
  CHECK(book.shuts_out(who("dev", "a")));
  CHECK_FALSE(book.shuts_out(who("corp", "ab")));
  REQUIRE(book.disable({"b", "corp", "", "alice", {}}));
  CHECK(book.shuts_out(who("corp", "b")));
  CHECK_FALSE(book.shuts_out(who("dev", "b")));
}

TEST_CASE("Whoever runs on the hands of a disabled actor is shut out, too") {
  AccessBook book;
  REQUIRE(book.disable({"carol", "corp", "", "alice", {}}));
  CHECK(book.shuts_out(who("corp", "agent", {"carol"})));
  CHECK(book.shuts_out(who("corp", "agent", {"dave", "carol"})));
  CHECK_FALSE(book.shuts_out(who("dev", "agent", {"carol"})));
}

TEST_CASE("Enabling takes out one order, or with no issuer all of the subject") {
  AccessBook book;
  REQUIRE(book.disable({"a", "", "", "alice", {}}));
  REQUIRE(book.disable({"a", "corp", "", "alice", {}}));
  REQUIRE(book.disable({"ab", "corp", "", "alice", {}}));
  CHECK(book.orders("a", "dev").empty());
  CHECK(book.orders("a", "corp").size() == 1);
  book.enable(book.orders("a", "corp"));
  CHECK(book.shuts_out(who("corp", "a")));
  REQUIRE(book.disable({"a", "corp", "", "alice", {}}));
  CHECK(book.orders("a", "").size() == 2);
  book.enable(book.orders("a", ""));
  CHECK_FALSE(book.shuts_out(who("corp", "a")));
  CHECK(book.list().size() == 1);
}

TEST_CASE("An order that replaced the one to be taken out stays") {
  AccessBook book;
  REQUIRE(book.disable({"a", "", "", "alice", WallTime(std::chrono::seconds(1))}));
  const auto seen = book.orders("a", "");
  REQUIRE(book.disable({"a", "", "", "bob", WallTime(std::chrono::seconds(2))}));
  book.enable(seen);
  CHECK(book.shuts_out(who("corp", "a")));
}

TEST_CASE("A second order replaces the first, and each change has a version of its own") {
  AccessBook book({{"a", "", "old", "alice", {}}});
  CHECK(book.shuts_out(who("corp", "a")));
  const std::uint64_t before = book.version();
  REQUIRE(book.disable({"a", "", "new", "bob", {}}));
  CHECK(book.version() > before);
  REQUIRE(book.list().size() == 1);
  CHECK(book.list()[0].by == "bob");
}

TEST_CASE("The number of orders is limited") {
  AccessBook book;
  for (std::size_t i = 0; i < kDisabledIdentities; ++i)
    REQUIRE(book.disable({"s" + std::to_string(i), "", "", "alice", {}}));
  CHECK(book.disable({"one more", "", "", "alice", {}}).error().code == ErrorCode::kLimit);
  CHECK(book.disable({"s7", "", "again", "alice", {}}));
}

}  // namespace sallyport::identity
