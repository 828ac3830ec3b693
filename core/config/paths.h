// Files named by the configuration: made absolute and checked to be there and readable.
#pragma once

#include <string>

#include "core/config/yaml.h"

namespace sallyport::config {

// How far the file is looked at.
enum class FileKind { kReadable, kPrivate };

// The absolute path under `key`, or empty when absent; a problem at the key's value when the file
// cannot be read, or (kPrivate) when others can.
std::string read_path(MapReader& reader, std::string_view key, const std::string& directory,
                      FileKind kind = FileKind::kReadable);
std::string check_path(const Node& node, Problems& problems, const std::string& directory,
                       FileKind kind);

// A key that the interface has and this version does not: a problem, so that nobody believes in it.
void refuse_unsupported(MapReader& reader, std::string_view key, std::string_view what);

}  // namespace sallyport::config
