#include "policy/mask_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/leaf_reader.h"
#include "policy/limits.h"
#include "policy/mask/limits.h"
#include "policy/mask/masking.h"

namespace sallyport::policy {
namespace {

using config::MapReader;
using config::Node;
using config::Problems;
using Kind = MaskItem::Kind;

constexpr std::string_view kAllDetectors = "all";
// In the order of MaskStyle.
const std::vector<std::string_view> kStyles = {"partial", "hash", "redact"};

std::vector<std::string> detector_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < mask::kDetectors; ++i)
    names.emplace_back(mask::name_of(static_cast<mask::Detector>(i)));
  return names;
}

// table.column or schema.table.column, where a part may have stars.
Result<void> check_column(std::string_view text) {
  constexpr std::string_view kShape =
      "a column is table.column or schema.table.column, as in customers.salary";
  const auto dots = std::count(text.begin(), text.end(), '.');
  const bool gap =
      text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos;
  if (dots < 1 || dots > 2 || gap || text.find('/') != std::string_view::npos)
    return Error{ErrorCode::kInvalid, std::string(kShape)};
  if (text.find("**") != std::string_view::npos)
    return Error{ErrorCode::kInvalid,
                 "\"**\" is not for columns: write a star for each part, as in customers.*"};
  if (text.size() > kPatternBytes)
    return Error{ErrorCode::kInvalid, fmt::format("a column has at most {} bytes", kPatternBytes)};
  return {};
}

class MaskReader {
 public:
  MaskReader(RuleMask& mask, Problems& problems) : mask_(mask), problems_(problems) {}

  // An entry, or a list of them.
  void read(const Node& node) {
    if (node.kind() != Node::Kind::kSequence) return read_entry(node);
    const std::vector<Node> entries = node.items();
    if (entries.empty())
      return node.problem(problems_, "an empty list masks nothing; leave `mask` out");
    if (entries.size() > kListItems)
      return node.problem(problems_, fmt::format("a list has at most {} values", kListItems));
    for (const Node& entry : entries) read_entry(entry);
  }

 private:
  void read_entry(const Node& entry) {
    if (entry.kind() == Node::Kind::kScalar) return add_name(entry, MaskStyle::kRedact);
    if (entry.kind() != Node::Kind::kMap)
      return entry.problem(problems_,
                           "a mask is the name of a detector or pattern, or a map of detect, "
                           "columns, json, with, unreadable and derived");
    MapReader reader(entry, problems_, "a mask");
    if (!reader.ok() || !has_values(entry, problems_)) return;
    const std::size_t before = problems_.list().size();
    const std::size_t items_before = mask_.items.size();
    const auto style = static_cast<MaskStyle>(
        reader.choice("with", kStyles, static_cast<std::size_t>(MaskStyle::kRedact)));
    read_items(reader, "detect", [&](const Node& item) { add_name(item, style); });
    read_items(reader, "columns", [&](const Node& item) { add_column(item, style); });
    read_items(reader, "json", [&](const Node& item) { add_pointer(item, style); });
    read_choice(reader, "unreadable", {"refuse", "pass"}, mask_.pass_unreadable);
    read_choice(reader, "derived", {"deny", "mask"}, mask_.mask_derived);
    reader.finish();
    if (problems_.list().size() != before || mask_.items.size() != items_before) return;
    const bool says_more = reader.get("unreadable") || reader.get("derived");
    if (!says_more || reader.get("with"))
      entry.problem(problems_, "names nothing to mask: add detect, columns or json");
  }

  template <class Add>
  void read_items(MapReader& reader, std::string_view key, Add add) {
    const std::optional<Node> node = reader.get(key);
    if (!node) return;
    const auto items = read_list(*node, problems_);
    if (!items) return;
    for (const Node& item : *items) add(item);
  }

  // Of several entries the first choice, the stricter one, holds.
  void read_choice(MapReader& reader, std::string_view key,
                   const std::vector<std::string_view>& choices, std::optional<bool>& into) {
    if (!reader.get(key)) return;
    const bool lenient = reader.choice(key, choices, 0) == 1;
    into = into.value_or(true) && lenient;
  }

  // Whether there is such a pattern is known when all files are read.
  void add_name(const Node& node, MaskStyle style) {
    if (node.scalar() != kAllDetectors) return add(node, Kind::kText, node.scalar(), style);
    for (const std::string& name : detector_names()) add(node, Kind::kText, name, style);
  }

  void add_column(const Node& node, MaskStyle style) {
    if (auto good = check_column(node.scalar()); !good)
      return node.problem(problems_, good.error().detail);
    add(node, Kind::kColumn, node.scalar(), style);
  }

  void add_pointer(const Node& node, MaskStyle style) {
    if (auto good = mask::Pointers::make({{node.scalar(), style}}); !good)
      return node.problem(problems_, good.error().detail);
    add(node, Kind::kPointer, node.scalar(), style);
  }

  void add(const Node& node, Kind kind, std::string name, MaskStyle style) {
    mask_.items.push_back({kind, std::move(name), style, place_of(node)});
  }

  RuleMask& mask_;
  Problems& problems_;
};

void problem_at(const Place& place, std::string message, Problems& problems) {
  problems.add(place.file, place.position, std::move(message));
}

}  // namespace

RuleMask read_mask(const Node& node, Problems& problems) {
  RuleMask mask;
  MaskReader(mask, problems).read(node);
  return mask;
}

void read_mask_patterns(const Node& node, Model& model, Problems& problems) {
  if (node.kind() != Node::Kind::kMap)
    return node.problem(problems,
                        "\"patterns\" is a map of names and RE2, as in {badge: 'B-[0-9]{6}'}");
  if (node.repeated_keys()) return;
  for (const auto& [key, value] : node.entries()) {
    if (value.kind() != Node::Kind::kScalar) {
      value.problem(problems, fmt::format("the pattern \"{}\" is one RE2", key.scalar()));
      continue;
    }
    const std::string& regex = value.scalar();
    if (key.scalar() == kAllDetectors) {
      key.problem(problems, "\"all\" means every detector: give the pattern another name");
    } else if (regex.size() > 1 && regex.starts_with('/') && regex.ends_with('/')) {
      value.problem(problems, "is RE2 without slashes around it; for slashes write [/]");
    } else if (auto good = mask::Patterns::make({{key.scalar(), regex, {}}}); !good) {
      value.problem(problems, good.error().detail);
    } else {
      model.patterns.push_back({key.scalar(), regex, place_of(value)});
    }
  }
}

void check_masks(const Model& model, Problems& problems) {
  std::vector<std::string> known;
  std::vector<mask::NamedPattern> patterns;
  for (const MaskPattern& pattern : model.patterns) {
    known.push_back(pattern.name);
    patterns.push_back({pattern.name, pattern.regex, {}});
  }
  for (std::string& name : detector_names()) known.push_back(std::move(name));
  std::set<std::string> pointers;
  for (const Rule& rule : model.rules) {
    for (const MaskItem& item : rule.mask.items) {
      const bool named = std::find(known.begin(), known.end(), item.name) != known.end();
      if (item.kind == Kind::kText && !named)
        problem_at(item.place,
                   fmt::format("there is no detector or pattern \"{}\"{}", item.name,
                               suggest(item.name, known)),
                   problems);
      if (item.kind == Kind::kPointer && pointers.insert(item.name).second &&
          pointers.size() == mask::kPointers + 1)
        problem_at(item.place,
                   fmt::format("a policy masks at most {} JSON pointers", mask::kPointers),
                   problems);
    }
  }
  // What is good together is good in every choice of it, so that no session is without its mask.
  if (auto together = mask::Patterns::make(patterns); !together)
    problem_at(model.patterns.front().place, together.error().detail, problems);
}

}  // namespace sallyport::policy
