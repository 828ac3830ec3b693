// Problems, and the reader of maps.
#include <fmt/format.h>

#include <algorithm>

#include "core/config/yaml_node.h"

namespace sallyport::config {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edits between two words (insert, drop, replace a letter, swap two neighbours), case aside.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + replace});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

// Words longer than this are no misspelt key; the bound keeps edits() cheap on hostile input.
constexpr std::size_t kLongestWord = 64;

}  // namespace

std::string Problem::to_string() const {
  if (position.line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, position.line, position.column, message);
}

void Problems::add(std::string file, Position position, std::string message) {
  list_.push_back({std::move(file), position, std::move(message)});
}

std::string Problems::to_string() const {
  std::string text;
  for (const Problem& problem : list_) text += problem.to_string() + "\n";
  return text;
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kLongestWord) return std::nullopt;
  // A third of the letters may differ; one may in short words, but not the only one.
  std::size_t best = std::max<std::size_t>(word.size() / 3, word.size() > 1 ? 1 : 0) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = edits(word, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

MapReader::MapReader(const Node& node, Problems& problems, std::string what)
    : node_(node), problems_(problems), what_(std::move(what)) {
  if (node.kind() != Node::Kind::kMap) {
    node.problem(problems,
                 fmt::format("{} must be a map of keys, not {}", what_, kind_name(node.kind())));
    return;
  }
  ok_ = !node.repeated_keys();
}

std::optional<Node> MapReader::get(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  for (const auto& [name, value] : node_.entries()) {
    if (name.scalar() != key) continue;
    if (value.kind() == Node::Kind::kNull) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

std::optional<Node> MapReader::require(std::string_view key) {
  std::optional<Node> value = get(key);
  if (!value && node_.kind() == Node::Kind::kMap) {
    node_.problem(problems_, fmt::format("{} needs the key \"{}\"", what_, key));
  }
  return value;
}

std::string MapReader::text(std::string_view key, std::string fallback) {
  const std::optional<Node> value = get(key);
  return value ? value->text(problems_).value_or(std::move(fallback)) : fallback;
}

std::string MapReader::require_text(std::string_view key) {
  const std::optional<Node> value = require(key);
  if (!value) return {};
  std::string text = value->text(problems_).value_or("");
  if (text.empty() && value->kind() == Node::Kind::kScalar) {
    value->problem(problems_, fmt::format("\"{}\" must not be empty", key));
  }
  return text;
}

bool MapReader::boolean(std::string_view key, bool fallback) {
  const std::optional<Node> value = get(key);
  return value ? value->boolean(problems_).value_or(fallback) : fallback;
}

std::int64_t MapReader::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                                std::int64_t most) {
  const std::optional<Node> value = get(key);
  return value ? value->integer(problems_, least, most).value_or(fallback) : fallback;
}

std::chrono::milliseconds MapReader::duration(std::string_view key,
                                              std::chrono::milliseconds fallback) {
  const std::optional<Node> value = get(key);
  return value ? value->duration(problems_).value_or(fallback) : fallback;
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  const std::optional<Node> value = get(key);
  return value ? value->texts(problems_) : std::vector<std::string>();
}

std::size_t MapReader::choice(std::string_view key, const std::vector<std::string_view>& names,
                              std::size_t fallback) {
  const std::optional<Node> value = get(key);
  if (!value) return fallback;
  if (value->kind() == Node::Kind::kScalar) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (value->scalar() == names[i]) return i;
    }
  }
  std::string message = fmt::format("\"{}\" must be one of {}", key, fmt::join(names, ", "));
  const std::vector<std::string> known(names.begin(), names.end());
  if (const auto near = nearest(value->scalar(), known)) {
    message += fmt::format("; did you mean \"{}\"?", *near);
  }
  value->problem(problems_, std::move(message));
  return fallback;
}

void MapReader::finish() {
  for (const auto& [name, value] : node_.entries()) {
    if (std::find(asked_.begin(), asked_.end(), name.scalar()) != asked_.end()) continue;
    std::string message = fmt::format("unknown key \"{}\" in {}", name.scalar(), what_);
    if (const auto near = nearest(name.scalar(), asked_)) {
      message += fmt::format("; did you mean \"{}\"?", *near);
    } else {
      message += fmt::format("; it knows {}", fmt::join(asked_, ", "));
    }
    name.problem(problems_, std::move(message));
  }
}

}  // namespace sallyport::config
