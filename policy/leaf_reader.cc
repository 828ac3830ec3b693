#include "policy/leaf_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policy/limits.h"

namespace sallyport::policy {
namespace {

using config::Node;
using config::Problems;

// A misspelt name of a family is nearest to the family: "http.headers.x" to "http.header.NAME".
std::string suggest_fact(std::string_view name) {
  std::vector<std::string> known = fact_names(false);
  for (const char* combinator : {"all", "any", "not"}) known.emplace_back(combinator);
  if (const auto near = config::nearest(name, known))
    return fmt::format("; did you mean \"{}\"?", *near);
  const std::size_t dot = name.find('.', std::min(name.find('.') + 1, name.size()));
  if (dot != std::string_view::npos) {
    if (const auto near = config::nearest(fmt::format("{}.NAME", name.substr(0, dot)), known))
      return fmt::format("; did you mean \"{}\"?", *near);
  }
  return fmt::format("; the facts are {}", fmt::join(fact_names(true), ", "));
}

void read_action(const Node& value, LeafTest& test, Problems& problems) {
  if (const auto action = parse_action(value.scalar())) {
    test.actions.add(*action);
    return;
  }
  std::vector<std::string> known;
  for (Action action : kAllActions) known.emplace_back(to_string(action));
  value.problem(problems, fmt::format("unknown action \"{}\"{}", value.scalar(),
                                      suggest(value.scalar(), known)));
}

void read_window(const Node& value, LeafTest& test, Problems& problems) {
  Result<TimeWindow> window = TimeWindow::parse(value.scalar());
  if (!window) return value.problem(problems, window.error().detail);
  test.windows.push_back(std::move(*window));
}

bool add_one(const Node& value, std::string_view text, LeafTest& test, Problems& problems) {
  Result<Pattern> pattern = Pattern::parse(text, test.spec->separator);
  if (!pattern) {
    value.problem(problems, pattern.error().detail);
    return false;
  }
  if (pattern->kind() == Pattern::Kind::kExact) {
    test.literals.emplace_back(text);
  } else {
    test.patterns.push_back(std::move(*pattern));
  }
  return true;
}

// Also with the qualifier that goes without saying; see leaf_test.cc for RE2.
void add_pattern(const Node& value, std::string_view text, LeafTest& test, Problems& problems) {
  if (!add_one(value, text, test, problems)) return;
  const std::string_view home = test.spec->home;
  if (!home.empty() && !is_regex(text) && !text.starts_with(home))
    add_one(value, std::string(home).append(text), test, problems);
}

void read_protocol(const Node& value, LeafTest& test, Problems& problems) {
  const std::vector<std::string> known = protocol_names();
  const std::string& name = value.scalar();
  const bool exact = name.find('*') == std::string::npos && !is_regex(name);
  if (exact && std::find(known.begin(), known.end(), name) == known.end())
    return value.problem(problems,
                         fmt::format("unknown protocol \"{}\"{}", name, suggest(name, known)));
  add_pattern(value, name, test, problems);
}

void read_object(const Node& value, LeafTest& test, Problems& problems) {
  const std::string& text = value.scalar();
  if (is_regex(text)) return add_pattern(value, text, test, problems);
  const std::size_t colon = text.find(':');
  const std::string type = text.substr(0, colon);
  if (colon == std::string::npos)
    return value.problem(problems,
                         fmt::format("an object pattern is \"type:name\", such as path:/v1/**, or "
                                     "RE2 between slashes; the types are {}",
                                     fmt::join(object_type_names(), ", ")));
  const ObjectType* known = find_object_type(type);
  if (known == nullptr)
    return value.problem(problems, fmt::format("unknown object type \"{}\"{}", type,
                                               suggest(type, object_type_names())));
  if (!known->produced)
    return value.problem(
        problems, fmt::format("objects of type \"{}\" are not yet supported in this version: "
                              "the test could never match",
                              type));
  Result<Pattern> name = Pattern::parse(text.substr(colon + 1), known->separator);
  if (!name) return value.problem(problems, name.error().detail);
  test.objects.push_back({type, std::move(*name)});
}

void read_value(const Node& value, LeafTest& test, Problems& problems) {
  switch (test.kind()) {
    case FactKind::kAction:
      return read_action(value, test, problems);
    case FactKind::kTime:
      return read_window(value, test, problems);
    case FactKind::kObject:
      return read_object(value, test, problems);
    case FactKind::kProtocol:
      return read_protocol(value, test, problems);
    case FactKind::kTarget:
    case FactKind::kGroup:
    case FactKind::kIssuer:
    case FactKind::kSubject:
    case FactKind::kActor:
    case FactKind::kText:
    case FactKind::kAttribute:
      return add_pattern(value, value.scalar(), test, problems);
  }
}

std::string as_written(const std::string& fact, const std::vector<Node>& values) {
  if (values.size() == 1) return fmt::format("{}: {}", fact, values.front().scalar());
  std::string out = fact + ": [";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ", ") + values[i].scalar();
  return out + "]";
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  if (const auto near = config::nearest(word, known))
    return fmt::format("; did you mean \"{}\"?", *near);
  if (known.empty()) return "";
  constexpr std::size_t kShown = 12;
  const std::size_t shown = std::min(known.size(), kShown);
  const auto end = known.begin() + static_cast<std::ptrdiff_t>(shown);
  return fmt::format("; there {} {}{}", known.size() == 1 ? "is" : "are",
                     fmt::join(known.begin(), end, ", "), shown < known.size() ? ", …" : "");
}

Place place_of(const Node& node) { return {node.file(), node.position()}; }

bool has_values(const Node& map, Problems& problems) {
  bool good = true;
  for (const auto& [key, value] : map.entries()) {
    if (value.kind() != Node::Kind::kNull) continue;
    key.problem(problems, fmt::format("\"{}\" has no value", key.scalar()));
    good = false;
  }
  return good;
}

std::optional<std::vector<Node>> read_list(const Node& node, Problems& problems) {
  std::vector<Node> items;
  if (node.kind() == Node::Kind::kSequence) {
    items = node.items();
  } else {
    items.push_back(node);
  }
  if (items.empty()) {
    node.problem(problems, "an empty list matches nothing");
    return std::nullopt;
  }
  if (items.size() > kListItems) {
    node.problem(problems, fmt::format("a list has at most {} values", kListItems));
    return std::nullopt;
  }
  bool good = true;
  for (const Node& item : items) {
    if (item.kind() == Node::Kind::kScalar) continue;
    item.problem(problems, "expected a value or a list of values");
    good = false;
  }
  if (!good) return std::nullopt;
  return items;
}

std::shared_ptr<const LeafTest> read_leaf(const Node& fact, const Node& values,
                                          Problems& problems) {
  const std::optional<FactName> name = find_fact(fact.scalar());
  if (!name) {
    fact.problem(problems,
                 fmt::format("unknown fact \"{}\"{}", fact.scalar(), suggest_fact(fact.scalar())));
    return nullptr;
  }
  if (name->spec->withheld) {
    fact.problem(problems, fmt::format("\"{}\" carries credentials and is no fact: the test could "
                                       "never match",
                                       fact.scalar()));
    return nullptr;
  }
  if (!name->spec->produced) {
    fact.problem(problems, fmt::format("the fact \"{}\" is not yet supported in this version: the "
                                       "test could never match",
                                       fact.scalar()));
    return nullptr;
  }
  const std::optional<std::vector<Node>> items = read_list(values, problems);
  if (!items) return nullptr;
  const std::size_t before = problems.list().size();
  auto test = std::make_shared<LeafTest>();
  test->spec = name->spec;
  test->fact = name->name;
  test->text = as_written(name->name, *items);
  for (const Node& item : *items) read_value(item, *test, problems);
  std::sort(test->literals.begin(), test->literals.end());
  return problems.list().size() == before ? test : nullptr;
}

}  // namespace sallyport::policy
