// A credential the broker holds for a target: a literal prefix and a reference, `secret:NAME`,
// `env:NAME` or `file:PATH`. The value is fetched when it is used, kept out of every copy it does
// not need, and wiped.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/config/yaml.h"
#include "core/result.h"

namespace sallyport::config {

// Bytes that are overwritten before their memory is given back.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads a file that only its owner may read: refused when group or others can (mode & 077), when it
// is not a regular file, belongs to another user, or is larger than 64 KiB. A trailing newline is
// not part of the secret. The error's detail does not repeat the path.
Result<SecretBytes> read_secret_file(const std::string& path);

class SecretReference {
 public:
  SecretReference() = default;
  // A literal value, an unknown scheme, or `secret:`, which has no store behind it, is a problem
  // that names the ways out. Relative file paths are resolved against `directory`, the
  // configuration file's own.
  static std::optional<SecretReference> read(const Node& node, const std::string& directory,
                                             Problems& problems);
  bool empty() const { return scheme_.empty(); }
  // "file:/etc/x" without the literal prefix: names the secret in logs and events.
  std::string name() const { return scheme_ + ":" + what_; }
  // Prefix and secret together.
  Result<SecretBytes> resolve() const;

 private:
  std::string prefix_;
  std::string scheme_;
  std::string what_;
};

}  // namespace sallyport::config
