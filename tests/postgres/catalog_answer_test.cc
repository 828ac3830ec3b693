#include "protocols/postgres/catalog_answer.h"

#include <catch2/catch.hpp>

#include "protocols/postgres/encoder.h"
#include "tests/postgres/transcript.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

std::string row(std::string_view text) {
  std::string body("\0\1", 2);
  for (int shift = 24; shift >= 0; shift -= 8)
    body.push_back(static_cast<char>(text.size() >> shift));
  return message('D', body.append(text));
}

std::string answer() {
  std::string out = message('T', std::string("\0\0", 2));
  for (const char* text : {"SET search_path TO app, public", "CREATE TABLE app.t (id text)",
                           "CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS '4711'"})
    out += row(text);
  out += message('C', std::string("SELECT 3\0", 9));
  encode_ready(out, TransactionStatus::kIdle);
  return out;
}

}  // namespace

TEST_CASE("A server's rows become a catalog, however they arrive") {
  const std::string bytes = answer();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CatalogAnswer whole;
    const auto first = whole.take(std::string_view(bytes).substr(0, cut));
    REQUIRE(first);
    CHECK_FALSE(whole.complete());
    REQUIRE(whole.take(std::string_view(bytes).substr(*first)));
    REQUIRE(whole.complete());
    if (cut % 16 != 0) continue;
    const auto catalog = whole.build([] { return true; });
    CHECK(catalog->find_table("app", "t") != nullptr);
    CHECK(catalog->search_path() == std::vector<std::string>{"app", "public"});
    CHECK(catalog->function_numbered(4711) == "app.f");
  }
}

TEST_CASE("The same rows have the same digest, and building them ends when there is no more time") {
  CatalogAnswer one, same, other;
  REQUIRE(one.take(answer()));
  REQUIRE(same.take(answer()));
  REQUIRE(other.take(row("SET search_path TO a") + answer()));
  CHECK(one.digest() == same.digest());
  CHECK(one.digest() != other.digest());
  int rows = 0;
  CHECK(one.build([&] { return ++rows < 3; }) == nullptr);
  CHECK(rows == 3);
}

TEST_CASE("A server that refuses, or answers something else, is told from one that answers") {
  CatalogAnswer refused;
  std::string error;
  ErrorFields fields;
  fields.sqlstate = "42501";
  encode_error(error, fields);
  CHECK(refused.take(error).error().detail == "the server refuses: 42501");
  for (const std::string& wrong :
       {message('G', std::string("\0\0\0", 3)), message('D', std::string("\0\0", 2)),
        message('D', "x"), message('R', std::string(4, '\0'))}) {
    CatalogAnswer answer;
    CHECK(answer.take(wrong).error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE(
    "A definition that is too large is passed over, and a catalog that is too large refused") {
  CatalogAnswer one;
  const std::string large = row(std::string(kWholeRow, 'x'));
  REQUIRE(one.take(large));
  CHECK(one.passed_over() == 1);
  REQUIRE(one.take(answer()));
  CHECK(one.complete());

  CatalogAnswer many;
  const std::string next = row(std::string(kWholeRow / 2, 'x'));
  std::size_t bytes = 0;
  Result<std::size_t> taken = std::size_t{0};
  while (taken && bytes <= kCatalogBytes) {
    taken = many.take(next);
    bytes += kWholeRow / 2;
  }
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::kLimit);
  CHECK(bytes > kCatalogBytes);
}
