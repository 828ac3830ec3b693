// Reads files of test cases.
#include <fmt/format.h>

#include <algorithm>

#include "core/json_writer.h"
#include "policy/cases.h"
#include "policy/facts.h"
#include "policy/leaf_reader.h"
#include "policy/limits.h"

namespace sallyport::policy {
namespace {

using config::MapReader;
using config::Node;
using config::Problems;

// YAML as JSON: every scalar is a string, since an input is text.
void append_json(std::string& out, const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kScalar:
      append_json_string(out, node.scalar());
      return;
    case Node::Kind::kSequence: {
      out += '[';
      bool first = true;
      for (const Node& item : node.items()) {
        if (!first) out += ',';
        first = false;
        append_json(out, item);
      }
      out += ']';
      return;
    }
    case Node::Kind::kMap: {
      out += '{';
      bool first = true;
      for (const auto& [key, value] : node.entries()) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, key.scalar());
        out += ':';
        append_json(out, value);
      }
      out += '}';
      return;
    }
  }
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "2026-11-23T15:04:05Z".
std::optional<WallTime> parse_time(std::string_view text) {
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != 'Z')
    return std::nullopt;
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

class CaseReader {
 public:
  explicit CaseReader(Problems& problems) : problems_(problems) {}

  std::optional<CaseFile> read(const Node& root) {
    const std::size_t before = problems_.list().size();
    if (root.kind() == Node::Kind::kSequence) {
      read_list_of_cases(root);
    } else {
      MapReader reader(root, problems_, "a file of cases");
      if (!reader.ok()) return std::nullopt;
      file_.policies = reader.texts("policy");
      if (const auto cases = reader.require("cases")) read_list_of_cases(*cases);
      reader.finish();
    }
    if (problems_.list().size() != before) return std::nullopt;
    return std::move(file_);
  }

 private:
  void read_list_of_cases(const Node& list) {
    if (list.kind() != Node::Kind::kSequence || list.items().empty())
      return list.problem(problems_, "expected a list of cases");
    const std::vector<Node> items = list.items();
    if (items.size() > kCases)
      return list.problem(problems_, fmt::format("at most {} cases in one file", kCases));
    for (const Node& item : items) read_case(item);
  }

  void read_case(const Node& node) {
    MapReader reader(node, problems_, "a case");
    if (!reader.ok()) return;
    Case test;
    test.position = node.position();
    test.name = reader.text("name", fmt::format("case {}", file_.cases.size() + 1));
    if (const auto input = reader.require("input")) append_json(test.input, *input);
    test.scope = read_scope(reader);
    if (const auto time = reader.get("time")) {
      test.time = parse_time(time->scalar());
      if (!test.time)
        time->problem(problems_, "a time is UTC, as in \"2026-11-23T15:04:05Z\" with quotes");
    }
    if (const auto expect = reader.require("expect")) read_expect(*expect, test);
    // An empty rule is a statement of its own: no rule decides.
    if (const auto rule = reader.get("rule")) test.rule = rule->text(problems_);
    reader.finish();
    file_.cases.push_back(std::move(test));
  }

  Scope read_scope(MapReader& reader) {
    Scope scope;
    const std::vector<std::string> known = protocol_names();
    const std::vector<std::string_view> names(known.begin(), known.end());
    scope.protocol = known[reader.choice("protocol", names, 0)];
    const auto one = [&](std::string_view key, std::optional<std::string>& member) {
      if (const auto node = reader.get(key)) member = node->text(problems_);
    };
    one("issuer", scope.issuer);
    one("subject", scope.subject);
    one("actor", scope.actor);
    one("target", scope.target);
    if (const auto groups = reader.get("groups")) scope.groups = groups->texts(problems_);
    return scope;
  }

  void read_expect(const Node& expect, Case& test) {
    const std::vector<std::string> known = {"allow", "deny", "approve", "parse_error"};
    const auto items = read_list(expect, problems_);
    if (!items) return;
    for (const Node& item : *items) {
      if (std::find(known.begin(), known.end(), item.scalar()) == known.end())
        item.problem(problems_, fmt::format("unknown decision \"{}\"{}", item.scalar(),
                                            suggest(item.scalar(), known)));
      test.expect.push_back(item.scalar());
    }
  }

  Problems& problems_;
  CaseFile file_;
};

}  // namespace

std::optional<CaseFile> read_cases(std::string_view text, const std::string& file,
                                   Problems& problems) {
  const std::optional<Node> root = config::Document::parse(text, file, problems);
  if (!root) return std::nullopt;
  return CaseReader(problems).read(*root);
}

}  // namespace sallyport::policy
