// Strict reading of YAML for configuration and policy. Every problem is collected with its place,
// so that one run of `sallyport check` shows them all: unknown and repeated keys (with the nearest
// known one as a suggestion), wrong types, values out of range. Wraps yaml-cpp, which no other file
// includes. Start-up code: one thread. Anchors, aliases and tags are refused; limits.h says how
// large a document may be.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace sallyport::config {

struct Position {
  int line = 0;  // from 1; 0: the file as a whole
  int column = 0;
};

struct Problem {
  std::string file;
  Position position;
  std::string message;
  std::string to_string() const;  // "file:line:col: message"
};

class Problems {
 public:
  void add(std::string file, Position position, std::string message);
  bool empty() const { return list_.empty(); }
  const std::vector<Problem>& list() const { return list_; }
  std::string to_string() const;  // one per line

 private:
  std::vector<Problem> list_;
};

// A node of a document; cheap to copy, valid as long as the Document it came from.
class Node {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind() const;
  Position position() const;
  const std::string& file() const;
  // The text of a scalar, else empty. `quoted` scalars are text even if they look like numbers.
  const std::string& scalar() const;
  bool quoted() const;
  bool repeated_keys() const;                                   // of a map; already a problem
  std::vector<Node> items() const;                              // of a sequence
  std::vector<std::pair<Node, Node>> entries() const;           // of a map: key, value
  void problem(Problems& problems, std::string message) const;  // a problem at this node

  // Each adds a problem and returns nullopt when the node is not that.
  std::optional<std::string> text(Problems& problems) const;
  std::optional<bool> boolean(Problems& problems) const;  // true/false/on/off/yes/no
  std::optional<std::int64_t> integer(Problems& problems, std::int64_t least,
                                      std::int64_t most) const;
  std::optional<std::chrono::milliseconds> duration(
      Problems& problems) const;                                 // 250ms 20s 10m 8h 400d 52w
  std::optional<std::uint64_t> bytes(Problems& problems) const;  // 512 64KiB 16MiB 1GiB
  std::vector<std::string> texts(Problems& problems) const;  // a scalar or a sequence of scalars

  // For Document, which makes nodes.
  struct Impl;
  Node() = default;  // null, at no place
  explicit Node(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;  // shared with the document
};

class Document {
 public:
  // `file` names the source in problems. A syntax error is one problem and gives nullopt.
  static std::optional<Node> parse(std::string_view text, std::string file, Problems& problems);
  static std::optional<Node> load(const std::string& path, Problems& problems);
};

// Reads a map key by key; the destructor does nothing, finish() reports keys nobody asked for.
class MapReader {
 public:
  MapReader(const Node& node, Problems& problems,
            std::string what);                        // what: "a target", for messages
  bool ok() const { return ok_; }                     // the node is a map without repeated keys
  std::optional<Node> get(std::string_view key);      // absent or null: nullopt
  std::optional<Node> require(std::string_view key);  // absent: a problem
  std::string text(std::string_view key, std::string fallback = {});
  std::string require_text(std::string_view key);
  bool boolean(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most);
  std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds fallback);
  std::vector<std::string> texts(std::string_view key);
  // One of the names, whose index is returned; a problem names the choices and suggests the
  // nearest.
  std::size_t choice(std::string_view key, const std::vector<std::string_view>& names,
                     std::size_t fallback);
  void finish();
  Problems& problems() { return problems_; }
  const Node& node() const { return node_; }

 private:
  Node node_;
  Problems& problems_;
  std::string what_;
  bool ok_ = false;
  std::vector<std::string> asked_;
};

// The nearest of `known` to a misspelt word, when it is near enough to be meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace sallyport::config
