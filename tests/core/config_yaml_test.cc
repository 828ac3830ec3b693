#include <catch2/catch.hpp>

#include "core/config/yaml.h"

namespace sallyport::config {
namespace {

struct Parsed {
  std::optional<Node> root;
  Problems problems;
};

Parsed parse(std::string_view text) {
  Parsed parsed;
  parsed.root = Document::parse(text, "x.yaml", parsed.problems);
  return parsed;
}

// The first problem of a document that must have one.
std::string problem(std::string_view text) {
  const Parsed parsed = parse(text);
  REQUIRE_FALSE(parsed.problems.empty());
  return parsed.problems.list().front().to_string();
}

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

TEST_CASE("A document's maps, lists and scalars are read with their places") {
  const Parsed parsed = parse("a: 1\nb:\n  - x\n  - \"2\"\nc:\n");
  REQUIRE(parsed.problems.empty());
  const auto entries = parsed.root->entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].first.scalar() == "a");
  CHECK_FALSE(entries[0].second.quoted());
  const std::vector<Node> items = entries[1].second.items();
  REQUIRE(items.size() == 2);
  CHECK(items[1].quoted());
  CHECK(items[1].position().line == 4);
  CHECK(items[1].position().column == 5);
  CHECK(entries[2].second.kind() == Node::Kind::kNull);
}

TEST_CASE("An empty file is a document of nothing") {
  const Parsed parsed = parse("# only a comment\n");
  REQUIRE(parsed.root);
  CHECK(parsed.root->kind() == Node::Kind::kNull);
  CHECK(parsed.problems.empty());
}

TEST_CASE("A repeated key is a problem at its second place") {
  CHECK(problem("a: 1\nb: 2\na: 3\n") == "x.yaml:3:1: key \"a\" appears twice");
  CHECK(problem("{a: 1, 'a': 2}") == "x.yaml:1:8: key \"a\" appears twice");
}

TEST_CASE("Anchors, aliases, tags and second documents are refused") {
  CHECK(problem("a: &x 1\n").find("anchors") != std::string::npos);
  CHECK(problem("a: &x [1]\n").find("anchors") != std::string::npos);
  CHECK(problem("a: &x\n").find("anchors") != std::string::npos);
  CHECK(problem("a: *x\n").find("x.yaml:1") == 0);
  CHECK(problem("a: !!binary aGk=\n").find("tags") != std::string::npos);
  CHECK(problem("a: !local {b: 1}\n").find("tags") != std::string::npos);
  CHECK(problem("a: 1\n---\nb: 2\n").find("second document") != std::string::npos);
  CHECK(problem("[a]: 1\n").find("a key must be text") != std::string::npos);
}

TEST_CASE("A syntax error is one problem with its place") {
  const Parsed parsed = parse("a: 1\nb: [1, 2\nc: 3\n");
  CHECK_FALSE(parsed.root);
  REQUIRE(parsed.problems.list().size() == 1);
  CHECK(parsed.problems.list()[0].position.line > 1);
}

TEST_CASE("Characters that would hide the rest of a file are refused") {
  CHECK(problem("a: 1\n\x04\nb: 2\n") == "x.yaml:2:1: a control character");
  CHECK(problem(std::string("a: 1\0b", 6)) == "x.yaml:1:5: a control character");
  CHECK(problem("a: \xc2\x85\n") == "x.yaml:1:4: a control character");
  CHECK(problem("a: \xff\n") == "x.yaml:1:4: not UTF-8");
  CHECK(problem("a: \xc0\x80\n") == "x.yaml:1:4: not UTF-8");
  CHECK(problem("a: \xed\xa0\x80\n") == "x.yaml:1:4: not UTF-8");
  CHECK(parse("a: \xe2\x82\xac \xf0\x9f\x98\x80\n").problems.empty());
}

TEST_CASE("Depth is taken to its limit and refused beyond it, in flow and block style") {
  CHECK(parse(repeat("[", 64) + repeat("]", 64)).problems.empty());
  CHECK(problem(repeat("[", 65) + repeat("]", 65)).find("64 levels") != std::string::npos);
  CHECK(parse(repeat("- ", 64) + "x").problems.empty());
  CHECK(problem(repeat("- ", 65) + "x").find("64 levels") != std::string::npos);
  CHECK(problem(repeat("{a: ", 65)).find("64 levels") != std::string::npos);
}

TEST_CASE("Nesting and size without bound are refused before the parser recurses") {
  CHECK(problem(repeat("[", 1'000'000)).find("open brackets") != std::string::npos);
  CHECK(problem(repeat("{", 1'000'000)).find("open brackets") != std::string::npos);
  CHECK(problem(repeat("- ", 1'000'000)).find("64 levels") != std::string::npos);
  CHECK(problem(repeat("? ", 1'000'000)).find("x.yaml:1") == 0);
  CHECK(problem(repeat("x", (4u << 20) + 1)).find("larger than") != std::string::npos);
  CHECK(problem("[" + repeat("a,", 200'001) + "]").find("200000") != std::string::npos);
}

TEST_CASE("An unknown key is a problem that suggests the nearest known one") {
  Parsed parsed = parse("adress: here\nzzz: 1\n");
  MapReader reader(*parsed.root, parsed.problems, "a listener");
  reader.text("address");
  reader.finish();
  REQUIRE(parsed.problems.list().size() == 2);
  CHECK(parsed.problems.list()[0].to_string() ==
        "x.yaml:1:1: unknown key \"adress\" in a listener; did you mean \"address\"?");
  CHECK(parsed.problems.list()[1].to_string() ==
        "x.yaml:2:1: unknown key \"zzz\" in a listener; it knows address");
}

TEST_CASE("A missing key, a wrong kind and a wrong choice are problems") {
  Parsed parsed = parse("mode: verify-ful\nname: []\nempty: ''\n");
  MapReader reader(*parsed.root, parsed.problems, "a thing");
  CHECK(reader.ok());
  reader.require_text("key");
  reader.require_text("name");
  reader.require_text("empty");
  CHECK(reader.choice("mode", {"off", "verify-full"}, 0) == 0);
  const auto& list = parsed.problems.list();
  REQUIRE(list.size() == 4);
  CHECK(list[0].to_string() == "x.yaml:1:1: a thing needs the key \"key\"");
  CHECK(list[1].to_string() == "x.yaml:2:7: must be text, not a list");
  CHECK(list[2].to_string() == "x.yaml:3:8: \"empty\" must not be empty");
  CHECK(list[3].to_string() ==
        "x.yaml:1:7: \"mode\" must be one of off, verify-full; did you mean \"verify-full\"?");
  Parsed other = parse("- 1\n");
  CHECK_FALSE(MapReader(*other.root, other.problems, "a thing").ok());
}

TEST_CASE("Numbers, durations, sizes and switches are read exactly") {
  using std::chrono::milliseconds;
  Parsed parsed = parse(
      "[12, '12', 0x1f, 1e3, -5, 99, 250ms, 8h, 400d, 10, 99999999999w, 64KiB, 1GiB, 1MB, on, "
      "'on', "
      "maybe]");
  const std::vector<Node> n = parsed.root->items();
  Problems& p = parsed.problems;
  CHECK(n[0].integer(p, 0, 12) == 12);
  CHECK_FALSE(n[0].integer(p, 0, 11));
  CHECK_FALSE(n[1].integer(p, 0, 12));
  CHECK_FALSE(n[2].integer(p, 0, 99));
  CHECK_FALSE(n[3].integer(p, 0, 9999));
  CHECK(n[4].integer(p, -5, 0) == -5);
  CHECK(n[6].duration(p) == milliseconds(250));
  CHECK(n[7].duration(p) == std::chrono::hours(8));
  CHECK(n[8].duration(p) == std::chrono::hours(400 * 24));
  CHECK_FALSE(n[9].duration(p));
  CHECK_FALSE(n[10].duration(p));
  CHECK(n[9].bytes(p) == 10);
  CHECK(n[11].bytes(p) == 65'536);
  CHECK(n[12].bytes(p) == 1u << 30);
  CHECK_FALSE(n[13].bytes(p));
  CHECK(n[14].boolean(p) == true);
  CHECK_FALSE(n[15].boolean(p));
  CHECK_FALSE(n[16].boolean(p));
  CHECK(p.list().size() == 9);
}

TEST_CASE("One text or a list of texts is read alike") {
  Parsed parsed = parse("a: one\nb: [one, 2]\nc: {d: 1}\n");
  MapReader reader(*parsed.root, parsed.problems, "a thing");
  CHECK(reader.texts("a") == std::vector<std::string>{"one"});
  CHECK(reader.texts("b") == std::vector<std::string>{"one", "2"});
  CHECK(reader.texts("c").empty());
  CHECK(parsed.problems.list().size() == 1);
}

TEST_CASE("The nearest word is suggested only when it is near") {
  const std::vector<std::string> known = {"connections", "sessions", "idle", "tls"};
  CHECK(nearest("sesions", known) == "sessions");
  CHECK(nearest("Sessions", known) == "sessions");
  CHECK(nearest("ilde", known) == "idle");
  CHECK(nearest("lts", known) == "tls");
  CHECK_FALSE(nearest("x", known));
  CHECK_FALSE(nearest("password", known));
}

TEST_CASE("A missing file is a problem that names it") {
  Problems problems;
  CHECK_FALSE(Document::load("/nonexistent/sallyport.yaml", problems));
  CHECK(problems.to_string() ==
        "/nonexistent/sallyport.yaml: cannot be opened: No such file or directory\n");
}

}  // namespace
}  // namespace sallyport::config
