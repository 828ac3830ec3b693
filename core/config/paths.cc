#include "core/config/paths.h"

#include <fmt/format.h>

#include "core/config/file.h"
#include "core/config/secret.h"

namespace sallyport::config {
namespace {

// The largest certificate bundle or key set that makes sense to name.
constexpr std::size_t kLargestFile = 16u << 20;

}  // namespace

std::string check_path(const Node& node, Problems& problems, const std::string& directory,
                       FileKind kind) {
  const std::optional<std::string> given = node.text(problems);
  if (!given) return {};
  if (given->empty()) {
    node.problem(problems, "must name a file");
    return {};
  }
  std::string path = resolve_path(*given, directory);
  const auto complain = [&](const Error& error) {
    node.problem(problems, fmt::format("{} {}", path, error.detail));
  };
  switch (kind) {
    case FileKind::kReadable:
      if (const auto text = read_file(path, kLargestFile); !text) complain(text.error());
      break;
    case FileKind::kPrivate:
      if (const auto secret = read_secret_file(path); !secret) complain(secret.error());
      break;
  }
  return path;
}

std::string read_path(MapReader& reader, std::string_view key, const std::string& directory,
                      FileKind kind) {
  const std::optional<Node> node = reader.get(key);
  return node ? check_path(*node, reader.problems(), directory, kind) : std::string();
}

void refuse_unsupported(MapReader& reader, std::string_view key, std::string_view what) {
  if (const std::optional<Node> node = reader.get(key)) {
    node->problem(reader.problems(),
                  fmt::format("not yet supported in this version: {}; remove it", what));
  }
}

}  // namespace sallyport::config
