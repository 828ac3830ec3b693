// Reads a whole small file at start-up or reload. Blocking; never on an I/O thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace sallyport::config {

// The bytes of a regular file (symbolic links are followed). The error's detail says why without
// the path, which callers put in front: "cannot be opened: No such file or directory", "larger than
// 4 bytes".
Result<std::string> read_file(const std::string& path, std::size_t most_bytes);

// As read_file, and refused unless nobody but its owner may use it (mode & 077 is 0) and the owner
// is this process's user or root.
Result<std::string> read_private_file(const std::string& path, std::size_t most_bytes);

// `path` made absolute against `directory`.
std::string resolve_path(const std::string& path, const std::string& directory);

}  // namespace sallyport::config
