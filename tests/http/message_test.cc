#include "protocols/http/message.h"

#include <catch2/catch.hpp>

using namespace sallyport::http;

TEST_CASE("field names are compared without case and order is kept") {
  Fields fields;
  fields.add("Accept", "a");
  fields.add("X-One", "1");
  fields.add("ACCEPT", "b");
  REQUIRE(*fields.find("accept") == "a");
  REQUIRE(fields.count("aCcept") == 2);
  REQUIRE(fields.values("Accept") == std::vector<std::string_view>{"a", "b"});
  REQUIRE(fields.find("X-Two") == nullptr);
}

TEST_CASE("set replaces every field of that name, remove takes them all") {
  Fields fields;
  fields.add("Host", "a");
  fields.add("host", "b");
  fields.set(fields.list()[0].name, "c");
  REQUIRE(fields.list() == std::vector<Field>{{"Host", "c"}});
  fields.remove(fields.list()[0].name);
  REQUIRE(fields.empty());
}

TEST_CASE("list members are split at commas outside of quotes and over several lines") {
  Fields fields;
  fields.add("Connection", " close , , \t x ");
  fields.add("connection", "\"a, \\\" b\",");
  REQUIRE(list_members(fields, "Connection") ==
          std::vector<std::string_view>{"close", "x", "\"a, \\\" b\""});
  REQUIRE(has_member(fields, "Connection", "CLOSE"));
  REQUIRE_FALSE(has_member(fields, "Connection", "clos"));
}

TEST_CASE("an upgrade counts only when Connection lists it") {
  Fields fields;
  fields.add("Upgrade", "websocket, h2c");
  REQUIRE(upgrade_protocols(fields).empty());
  fields.add("Connection", "keep-alive, Upgrade");
  REQUIRE(upgrade_protocols(fields) == std::vector<std::string_view>{"websocket", "h2c"});
}
