// YAML: no input upsets the reader; a document is read or has a problem, and every node has its
// place.
#include <cstdint>
#include <cstdlib>

#include "core/config/yaml.h"

using namespace sallyport::config;

namespace {

void visit(const Node& node, Problems& problems, int depth) {
  if (depth > 64 || node.position().line < 1 || node.position().column < 1) std::abort();
  node.text(problems);
  node.boolean(problems);
  node.integer(problems, -5, 5);
  node.duration(problems);
  node.bytes(problems);
  node.texts(problems);
  for (const Node& item : node.items()) visit(item, problems, depth + 1);
  for (const auto& [key, value] : node.entries()) visit(value, problems, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Problems problems;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<Node> root = Document::parse(text, "fuzz.yaml", problems);
  if (!root && problems.empty()) std::abort();
  if (!root) return 0;
  Problems more;
  visit(*root, more, 0);
  if (root->kind() != Node::Kind::kMap) return 0;
  MapReader reader(*root, more, "a document");
  reader.require_text("name");
  reader.choice("mode", {"one", "two"}, 0);
  reader.finish();
  return 0;
}
