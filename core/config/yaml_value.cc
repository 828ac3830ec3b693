// The typed readers of a Node.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <span>

#include "core/config/yaml_node.h"

namespace sallyport::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 6> kDurations = {{{"ms", 1},
                                             {"s", 1'000},
                                             {"m", 60'000},
                                             {"h", 3'600'000},
                                             {"d", 86'400'000},
                                             {"w", 604'800'000}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}}};
// A century: what is longer is a slip of the pen, and everything below stays clear of overflow.
constexpr std::uint64_t kLongestDuration_ms = 36'525ull * 86'400'000;

// "10m" with the units given: the product, or nothing when malformed or out of range.
std::optional<std::uint64_t> scaled(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != suffix) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

// A value as it can be shown in a problem: short, and on one line.
std::string shown(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (out.size() == 40) return out + "…";
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "text";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  broken_invariant("a node of no kind");
}

Node::Kind Node::kind() const { return impl_ == nullptr ? Kind::kNull : impl_->kind; }

Position Node::position() const { return impl_ == nullptr ? Position{} : impl_->position; }

const std::string& Node::file() const {
  static const std::string kNone;
  return impl_ == nullptr ? kNone : *impl_->file;
}

const std::string& Node::scalar() const {
  static const std::string kNone;
  return impl_ == nullptr ? kNone : impl_->scalar;
}

bool Node::quoted() const { return impl_ != nullptr && impl_->quoted; }

bool Node::repeated_keys() const { return impl_ != nullptr && impl_->repeated_keys; }

std::vector<Node> Node::items() const {
  std::vector<Node> nodes;
  if (impl_ == nullptr) return nodes;
  nodes.reserve(impl_->items.size());
  for (const auto& item : impl_->items) nodes.emplace_back(item);
  return nodes;
}

std::vector<std::pair<Node, Node>> Node::entries() const {
  std::vector<std::pair<Node, Node>> pairs;
  if (impl_ == nullptr) return pairs;
  pairs.reserve(impl_->entries.size());
  for (const auto& [key, value] : impl_->entries) pairs.emplace_back(Node(key), Node(value));
  return pairs;
}

void Node::problem(Problems& problems, std::string message) const {
  problems.add(file(), position(), std::move(message));
}

std::optional<std::string> Node::text(Problems& problems) const {
  if (kind() == Kind::kScalar) return scalar();
  problem(problems, fmt::format("must be text, not {}", kind_name(kind())));
  return std::nullopt;
}

std::optional<bool> Node::boolean(Problems& problems) const {
  if (kind() == Kind::kScalar && !quoted()) {
    const std::string& word = scalar();
    if (word == "true" || word == "on" || word == "yes") return true;
    if (word == "false" || word == "off" || word == "no") return false;
  }
  problem(problems, "must be true or false (or on, off, yes, no), without quotes");
  return std::nullopt;
}

std::optional<std::int64_t> Node::integer(Problems& problems, std::int64_t least,
                                          std::int64_t most) const {
  std::int64_t number = 0;
  const std::string& word = scalar();
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  const bool whole = kind() == Kind::kScalar && !quoted() && !word.empty() && rest == end;
  if (whole && error == std::errc() && number >= least && number <= most) return number;
  problem(problems, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Node::duration(Problems& problems) const {
  if (kind() == Kind::kScalar) {
    const std::optional<std::uint64_t> value = scaled(scalar(), kDurations);
    if (value && *value <= kLongestDuration_ms) {
      return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
    }
  }
  problem(problems,
          fmt::format("must be a duration such as 250ms, 20s, 10m, 8h, 400d or 52w, not \"{}\"",
                      shown(scalar())));
  return std::nullopt;
}

std::optional<std::uint64_t> Node::bytes(Problems& problems) const {
  if (kind() == Kind::kScalar) {
    const std::optional<std::uint64_t> value = scaled(scalar(), kSizes);
    if (value) return value;
  }
  problem(problems,
          fmt::format("must be a number of bytes such as 512, 64KiB, 16MiB or 1GiB, not \"{}\"",
                      shown(scalar())));
  return std::nullopt;
}

std::vector<std::string> Node::texts(Problems& problems) const {
  std::vector<std::string> list;
  if (kind() == Kind::kScalar) {
    list.push_back(scalar());
    return list;
  }
  if (kind() != Kind::kSequence) {
    problem(problems, fmt::format("must be text or a list of texts, not {}", kind_name(kind())));
    return list;
  }
  for (const auto& item : impl_->items) {
    if (std::optional<std::string> text = Node(item).text(problems))
      list.push_back(*std::move(text));
  }
  return list;
}

}  // namespace sallyport::config
