// "Any and every": what a leaf means by the effect of its rule, and how not, all and any combine.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>

#include "support.h"

namespace sallyport::policy {
namespace {

// A request with these values of http.query.q, and of nothing else.
Command with_values(std::string_view values) {
  Command command;
  command.actions = {Action::kRead};
  for (char value : values) command.attributes.push_back({"http.query.q", std::string(1, value)});
  return command;
}

bool matches(std::string_view effect, std::string_view when, std::string_view values) {
  const auto session =
      session_of(fmt::format("- id: r\n  effect: {}\n  when: {}\n", effect, when), {"r"});
  return session->decide(with_values(values), monday_noon()).rule == "r";
}

TEST_CASE("A leaf matches any value in a deny rule and every value in an allow rule") {
  struct Row {
    const char* values;
    bool any, every, not_any, not_every;
  };
  // The rows of the table in docs/policy.md: the test is for the value a.
  const Row row = GENERATE(Row{"", false, false, true, true},    //
                           Row{"a", true, true, false, false},   //
                           Row{"b", false, false, true, true},   //
                           Row{"ab", true, false, true, false},  //
                           Row{"ba", true, false, true, false},  //
                           Row{"aa", true, true, false, false},  //
                           Row{"bc", false, false, true, true});
  INFO("values: " << row.values);
  for (const char* effect : {"deny", "approve"}) {
    CHECK(matches(effect, "{http.query.q: a}", row.values) == row.any);
    CHECK(matches(effect, "{not: {http.query.q: a}}", row.values) == row.not_any);
  }
  CHECK(matches("allow", "{http.query.q: a}", row.values) == row.every);
  CHECK(matches("allow", "{not: {http.query.q: a}}", row.values) == row.not_every);
}

TEST_CASE("Of a list of patterns an allow rule wants one for every value") {
  CHECK(matches("allow", "{http.query.q: [a, b]}", "ab"));
  CHECK_FALSE(matches("allow", "{http.query.q: [a, b]}", "abc"));
  CHECK(matches("deny", "{http.query.q: [a, b]}", "cb"));
  CHECK_FALSE(matches("deny", "{http.query.q: [a, b]}", "cd"));
  CHECK(matches("allow", "{not: {http.query.q: [a, b]}}", "cd"));
  CHECK_FALSE(matches("allow", "{not: {http.query.q: [a, b]}}", "ca"));
}

TEST_CASE("The actions of a command are judged as a set") {
  Command command = with_values("");
  command.actions = {Action::kRead, Action::kWrite};
  const auto verdict = [&](std::string_view effect, std::string_view when) {
    const auto session =
        session_of(fmt::format("- id: r\n  effect: {}\n  when: {}\n", effect, when), {"r"});
    return session->decide(command, monday_noon()).rule == "r";
  };
  CHECK_FALSE(verdict("allow", "{action: read}"));
  CHECK(verdict("allow", "{action: [read, write, delete]}"));
  CHECK(verdict("deny", "{action: write}"));
  CHECK_FALSE(verdict("deny", "{action: delete}"));
  CHECK_FALSE(verdict("allow", "{not: {action: write}}"));
  CHECK(verdict("allow", "{not: {action: delete}}"));
  CHECK(verdict("deny", "{not: {action: write}}"));
}

bool reads_match(std::string_view effect, std::string_view pattern,
                 std::initializer_list<const char*> reads) {
  Command command;
  command.actions = {Action::kRead};
  for (const char* name : reads) command.attributes.push_back({"sql.reads", name});
  const auto session = session_of(
      fmt::format("- id: r\n  effect: {}\n  when: {{sql.reads: '{}'}}\n", effect, pattern), {"r"});
  return session->decide(command, monday_noon()).rule == "r";
}

TEST_CASE("The schema public may be left out of a pattern") {
  for (const char* pattern : {"customers.ssn", "public.customers.ssn", "customers.*", "*.ssn",
                              "/^customers.ssn$/", "/^public.customers.ssn$/", "**"}) {
    INFO(pattern);
    CHECK(reads_match("deny", pattern, {"public.customers.ssn"}));
    CHECK(reads_match("deny", pattern, {"app.x", "public.customers.ssn"}));
    CHECK(reads_match("allow", pattern, {"public.customers.ssn"}));
    CHECK_FALSE(reads_match("deny", pattern, {}));
  }
  CHECK_FALSE(reads_match("deny", "customers.ssn", {"app.customers.ssn"}));
  CHECK_FALSE(reads_match("deny", "/^customers.ssn$/", {"app.customers.ssn"}));
  CHECK_FALSE(reads_match("deny", "public.ssn", {"public.public.ssn"}));
}

TEST_CASE("Columns that nobody could name are in doubt") {
  for (const char* pattern :
       {"customers.ssn", "public.customers.ssn", "public.cust*.ssn", "*.ssn", "**.ssn", "/ssn$/"}) {
    INFO(pattern);
    CHECK(reads_match("deny", pattern, {"public.customers.*"}));
    CHECK_FALSE(reads_match("allow", pattern, {"public.customers.*"}));
  }
  for (const char* pattern : {"orders.ssn", "public.customers", "app.*.ssn", "customer.ssn"}) {
    INFO(pattern);
    CHECK_FALSE(reads_match("deny", pattern, {"public.customers.*"}));
  }
  CHECK(reads_match("allow", "customers.*", {"public.customers", "public.customers.*"}) == false);
  CHECK(reads_match("allow", "customers**", {"public.customers", "public.customers.*"}));
}

// Conditions over the values a, b and c, with what each effect makes of them written out anew:
// `not` goes down to the leaves by De Morgan's laws, then leaves count values.
struct Random {
  std::mt19937 engine{4711};
  std::size_t below(std::size_t n) { return engine() % n; }
};

struct Tree {
  int kind = 0;  // 0 leaf, 1 all, 2 any, 3 not
  std::string patterns;
  std::vector<Tree> children;

  static Tree make(Random& random, int depth) {
    Tree tree;
    tree.kind = depth == 0 ? 0 : static_cast<int>(random.below(4));
    if (tree.kind == 0) {
      for (char c : std::string("abc"))
        if (random.below(2) == 0) tree.patterns += c;
      if (tree.patterns.empty()) tree.patterns = "a";
      return tree;
    }
    const std::size_t count = tree.kind == 3 ? 1 : 1 + random.below(3);
    for (std::size_t i = 0; i < count; ++i) tree.children.push_back(make(random, depth - 1));
    return tree;
  }

  std::string yaml() const {
    if (kind == 0) {
      std::string list;
      for (char c : patterns) list += (list.empty() ? "" : ", ") + std::string(1, c);
      return "{http.query.q: [" + list + "]}";
    }
    if (kind == 3) return "{not: " + children.front().yaml() + "}";
    std::string list;
    for (const Tree& child : children) list += (list.empty() ? "" : ", ") + child.yaml();
    return (kind == 1 ? "{all: [" : "{any: [") + list + "]}";
  }

  bool expected(const std::string& values, bool every, bool negated) const {
    if (kind == 0) {
      std::size_t hits = 0;
      for (char v : values) hits += patterns.find(v) != std::string::npos ? 1 : 0;
      const std::size_t misses = values.size() - hits;
      if (!negated) return every ? hits > 0 && misses == 0 : hits > 0;
      return every ? hits == 0 : values.empty() || misses > 0;
    }
    if (kind == 3) return children.front().expected(values, every, !negated);
    const bool conjunction = (kind == 1) != negated;
    for (const Tree& child : children)
      if (child.expected(values, every, negated) != conjunction) return !conjunction;
    return conjunction;
  }
};

TEST_CASE("Random conditions agree with De Morgan's laws and counted values") {
  Random random;
  for (int round = 0; round < 300; ++round) {
    const Tree tree = Tree::make(random, 4);
    INFO(tree.yaml());
    for (const char* effect : {"allow", "deny"}) {
      const auto session = session_of(
          fmt::format("- id: r\n  effect: {}\n  when: {}\n", effect, tree.yaml()), {"r"});
      for (const std::string values : {"", "a", "b", "d", "ab", "ad", "bcd", "abcd"}) {
        INFO("values " << values << ", " << effect);
        const bool matched = session->decide(with_values(values), monday_noon()).rule == "r";
        REQUIRE(matched == tree.expected(values, std::string(effect) == "allow", false));
      }
    }
  }
}

TEST_CASE("A value too long to be tested is never a reason to allow") {
  Command command = get("/x");
  command.attributes.push_back({"http.query.q", std::string(300 << 10, 'a')});
  const char* allow = "- id: r\n  effect: allow\n  when: {http.query.q: 'a*'}\n";
  const char* allow_not = "- id: r\n  effect: allow\n  when: {not: {http.query.q: 'b*'}}\n";
  const char* deny = "- id: r\n  effect: deny\n  when: {http.query.q: 'b*'}\n";
  const char* deny_not = "- id: r\n  effect: deny\n  when: {not: {http.query.q: '/^a/'}}\n";
  CHECK(judge(*session_of(allow, {"r"}), command) == "deny");
  CHECK(judge(*session_of(allow_not, {"r"}), command) == "deny");
  CHECK(judge(*session_of(deny, {"r"}), command) == "deny r");
  CHECK(judge(*session_of(deny_not, {"r"}), command) == "deny r");
}

}  // namespace
}  // namespace sallyport::policy
