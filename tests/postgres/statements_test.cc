#include "protocols/postgres/statements.h"

#include <catch2/catch.hpp>

#include "protocols/postgres/limits.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

std::shared_ptr<const Statement> statement(const std::string& text) {
  auto out = std::make_shared<Statement>();
  out->text = text;
  return out;
}
std::string text_of(const Statements& s, const std::string& name) {
  const auto found = s.statement(name);
  return found ? found->text : "-";
}

}  // namespace

TEST_CASE("A statement is known at once, and kept once the server has confirmed it") {
  Statements s;
  REQUIRE(s.parse("a", statement("one")).ok());
  CHECK(text_of(s, "a") == "one");
  s.take_back();
  CHECK(text_of(s, "a") == "-");
  REQUIRE(s.parse("a", statement("one")).ok());
  s.confirm();
  s.take_back();
  CHECK(text_of(s, "a") == "one");
}

TEST_CASE("A name that the server did not give anew keeps its old meaning") {
  Statements s;
  REQUIRE(s.parse("a", statement("harmless")).ok());
  s.confirm();
  REQUIRE(s.parse("a", statement("other")).ok());
  s.take_back();  // "prepared statement already exists"
  CHECK(text_of(s, "a") == "harmless");
}

TEST_CASE("Closing counts at once as well") {
  Statements s;
  REQUIRE(s.parse("a", statement("one")).ok());
  s.confirm();
  s.close('S', "a");
  CHECK(text_of(s, "a") == "-");
  s.drop_newest(1);
  CHECK(text_of(s, "a") == "one");
  s.close('S', "a");
  s.confirm();
  CHECK(text_of(s, "a") == "-");
}

TEST_CASE("SQL that prepares on its own makes names unknown") {
  Statements s;
  REQUIRE(s.parse("a", statement("one")).ok());
  s.confirm();
  s.note_tag("SELECT 1");
  CHECK(text_of(s, "a") == "one");
  s.note_tag("PREPARE");
  CHECK(text_of(s, "a") == "-");
}

TEST_CASE("Portals end with their transaction") {
  Statements s;
  REQUIRE(s.bind("p", std::make_shared<Portal>()).ok());
  s.confirm();
  CHECK(s.portal("p") != nullptr);
  s.end_transaction();
  CHECK(s.portal("p") == nullptr);
}

TEST_CASE("The number and the text of statements have bounds") {
  Statements s;
  const auto half = statement(std::string(kStatementTexts / 2, 'x'));
  REQUIRE(s.parse("a", half).ok());
  s.confirm();
  REQUIRE(s.parse("b", half).ok());
  s.confirm();
  CHECK_FALSE(s.parse("c", statement("x")).ok());
  Statements many;
  for (std::size_t i = 0; i < kNamedStatements; ++i) {
    REQUIRE(many.parse(std::to_string(i), statement("x")).ok());
    many.confirm();
  }
  CHECK_FALSE(many.parse("one more", statement("x")).ok());
}
