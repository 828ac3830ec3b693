// A credential the broker holds for a target: a literal prefix and a reference, `secret:NAME`,
// `env:NAME`, `file:PATH`, `exec:PATH ARGUMENT…` or `credential:NAME`. The value is fetched when it
// is used, kept out of every copy it does not need, and wiped.
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

// The name of a sealed secret: [a-z0-9][a-z0-9._-]{0,127}.
bool is_secret_name(std::string_view name);
// Names of the broker's own keys, which begin with "sallyport.".
bool is_reserved_secret(std::string_view name);

// A line end at the end of a file or an output is not part of the secret.
std::string_view without_line_end(std::string_view text);

// Reads a file that only its owner may read: refused when group or others can (mode & 077), when it
// is not a regular file, belongs to another user, or is larger than 64 KiB. A trailing newline is
// not part of the secret. The error's detail does not repeat the path.
Result<SecretBytes> read_secret_file(const std::string& path);

class SecretReference {
 public:
  // How much read() looks at: whether the value can be had now, or what is written alone. A sealed
  // secret and a program's output are never fetched by it.
  enum class Check { kResolvable, kSyntax };

  SecretReference() = default;
  // A literal value or an unknown scheme is a problem that names the ways out. Relative file paths
  // are resolved against `directory`, the configuration file's own.
  static std::optional<SecretReference> read(const Node& node, const std::string& directory,
                                             Problems& problems, Check check = Check::kResolvable);
  bool empty() const { return scheme_.empty(); }
  // "file:/etc/x" without the literal prefix: names the secret in logs and events.
  std::string name() const { return scheme_ + ":" + what_; }

  // Sealed in the store: opened by a SecretVault under `sealed_name`, never fetched here.
  bool sealed() const { return scheme_ == "secret"; }
  const std::string& sealed_name() const { return what_; }
  // Whether fetch() may block: everything but the environment.
  bool blocks() const { return scheme_ != "env"; }
  // The secret without its prefix. kUnsupported: it is sealed.
  Result<SecretBytes> fetch() const;
  SecretBytes with_prefix(const SecretBytes& secret) const;
  // Prefix and secret together.
  Result<SecretBytes> resolve() const;

 private:
  std::string prefix_;
  std::string scheme_;
  std::string what_;
};

}  // namespace sallyport::config
