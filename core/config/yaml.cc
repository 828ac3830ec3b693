#include "core/config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <set>
#include <sstream>

#include "core/config/file.h"
#include "core/config/limits.h"
#include "core/config/yaml_node.h"

namespace sallyport::config {
namespace {

// Ends the parse from inside yaml-cpp's callbacks; never leaves Document::parse.
struct Refused {
  Position position;
  std::string message;
};

Position position_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// Builds our nodes from yaml-cpp's events. yaml-cpp calls OnSequenceStart and OnMapStart before it
// descends, so throwing there at kYamlDepth bounds its recursion too; and an alias is refused
// before anything is copied, so there is no expansion to bound.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> file, Problems& problems)
      : file_(std::move(file)), problems_(problems) {}

  std::shared_ptr<Node::Impl> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) throw Refused{position_of(mark), "a second document: one file holds one"};
    started_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(make(mark, Node::Kind::kNull));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{position_of(mark), "aliases (*name) are not allowed; write the value out"};
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_anchor(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    // yaml-cpp gives "?" to plain scalars and "!" to quoted and block ones.
    if (tag != "?" && tag != "!") refuse_tag(mark);
    std::shared_ptr<Node::Impl> node = make(mark, Node::Kind::kScalar);
    node->scalar = value;
    node->quoted = tag == "!";
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    std::shared_ptr<Node::Impl> node;
    std::shared_ptr<Node::Impl> key;  // of a map, waiting for its value
    std::set<std::string> keys;
  };

  [[noreturn]] static void refuse_tag(const YAML::Mark& mark) {
    throw Refused{position_of(mark), "tags (!name) are not allowed"};
  }
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{position_of(mark), "anchors (&name) are not allowed"};
  }

  std::shared_ptr<Node::Impl> make(const YAML::Mark& mark, Node::Kind kind) {
    if (++count_ > kYamlNodes) {
      throw Refused{position_of(mark), fmt::format("more than {} values", kYamlNodes)};
    }
    auto node = std::make_shared<Node::Impl>();
    node->kind = kind;
    node->position = position_of(mark);
    node->file = file_;
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && !tag.empty()) refuse_tag(mark);
    if (levels_.size() == kYamlDepth) {
      throw Refused{position_of(mark), fmt::format("nested more than {} levels deep", kYamlDepth)};
    }
    levels_.push_back({make(mark, kind), nullptr, {}});
  }

  void close() {
    std::shared_ptr<Node::Impl> node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  void add(std::shared_ptr<Node::Impl> node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node->kind == Node::Kind::kSequence) {
      level.node->items.push_back(std::move(node));
    } else if (level.key == nullptr) {
      check_key(level, *node);
      level.key = std::move(node);
    } else {
      level.node->entries.emplace_back(std::move(level.key), std::move(node));
      level.key = nullptr;
    }
  }

  void check_key(Level& level, const Node::Impl& key) {
    if (key.kind != Node::Kind::kScalar) {
      throw Refused{key.position, "a key must be text"};
    }
    if (level.keys.insert(key.scalar).second) return;
    level.node->repeated_keys = true;
    problems_.add(*file_, key.position, fmt::format("key \"{}\" appears twice", key.scalar));
  }

  std::shared_ptr<const std::string> file_;  // shared with every node
  Problems& problems_;
  std::vector<Level> levels_;
  std::shared_ptr<Node::Impl> root_;  // shared with the Nodes made of it
  std::size_t count_ = 0;
  bool started_ = false;
};

// The length of the UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629 §4).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i, unsigned least, unsigned most) {
    return i < text.size() && at(i) >= least && at(i) <= most;
  };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned least = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : 0xBF;
    return tail(1, least, most) && tail(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned least = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xF4 ? 0x8F : 0xBF;
    return tail(1, least, most) && tail(2, 0x80, 0xBF) && tail(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// What yaml-cpp does not look at: characters outside YAML 1.2's c-printable (it takes U+0004 for
// the end of the file, so that all behind it would be ignored), bytes that are not UTF-8, and
// brackets without end.
std::optional<Refused> check_bytes(std::string_view text) {
  if (text.size() > kYamlBytes) return Refused{{}, fmt::format("larger than {} bytes", kYamlBytes)};
  Position position{1, 1};
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) return Refused{position, "not UTF-8"};
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const bool c0 = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (c0 || c1 || byte == 0x7F) return Refused{position, "a control character"};
    if (byte == '[' || byte == '{') ++open;
    if ((byte == ']' || byte == '}') && open > 0) --open;
    if (open > kYamlOpenBrackets) return Refused{position, "too many open brackets"};
    position.column += static_cast<int>(length);
    if (byte == '\n') position = {position.line + 1, 1};
    i += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Node> Document::parse(std::string_view text, std::string file, Problems& problems) {
  const auto name = std::make_shared<const std::string>(std::move(file));
  if (const std::optional<Refused> refused = check_bytes(text)) {
    problems.add(*name, refused->position, refused->message);
    return std::nullopt;
  }
  Builder builder(name, problems);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    problems.add(*name, refused.position, refused.message);
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    problems.add(*name, position_of(error.mark), "not YAML: " + error.msg);
    return std::nullopt;
  } catch (const std::exception& error) {
    problems.add(*name, {}, std::string("not YAML: ") + error.what());
    return std::nullopt;
  }
  std::shared_ptr<Node::Impl> root = builder.take();
  if (root == nullptr) {
    root = std::make_shared<Node::Impl>();
    root->position = {1, 1};
    root->file = name;
  }
  return Node(std::move(root));
}

std::optional<Node> Document::load(const std::string& path, Problems& problems) {
  Result<std::string> text = read_file(path, kYamlBytes);
  if (!text) {
    problems.add(path, {}, text.error().detail);
    return std::nullopt;
  }
  return parse(*text, path, problems);
}

}  // namespace sallyport::config
