#include "core/config/secret.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/config/file.h"
#include "core/config/limits.h"

namespace sallyport::config {
namespace {

void wipe(std::string& bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.capacity());
  bytes.clear();
}

bool is_environment_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

struct Split {
  std::string_view prefix;
  std::string_view scheme;
  std::string_view what;
};

// A reference stands at the start of the value or after a space; the first one found runs to the
// end, so that a file's name may have spaces.
std::optional<Split> split(std::string_view value) {
  static constexpr std::array<std::string_view, 3> kSchemes = {"secret", "env", "file"};
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (at > 0 && value[at - 1] != ' ') continue;
    for (const std::string_view scheme : kSchemes) {
      const std::string_view rest = value.substr(at);
      if (rest.starts_with(scheme) && rest.substr(scheme.size()).starts_with(':')) {
        return Split{value.substr(0, at), scheme, rest.substr(scheme.size() + 1)};
      }
    }
  }
  return std::nullopt;
}

Result<SecretBytes> fetch(const std::string& scheme, const std::string& what) {
  if (scheme == "file") {
    Result<SecretBytes> secret = read_secret_file(what);
    if (!secret)
      return Error{secret.error().code, fmt::format("{} {}", what, secret.error().detail)};
    if (secret->view().empty()) return Error{ErrorCode::kInvalid, what + " is empty"};
    return secret;
  }
  if (scheme == "env") {
    const char* value = std::getenv(what.c_str());
    if (value == nullptr || *value == '\0') {
      return Error{ErrorCode::kNotFound,
                   fmt::format("the environment variable {} is not set or empty", what)};
    }
    return SecretBytes(value);
  }
  return Error{ErrorCode::kInvalid, "no secret is named"};
}

}  // namespace

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {
  // A short string is copied by the move, not handed over.
  wipe(other.bytes_);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

SecretBytes::~SecretBytes() { wipe(bytes_); }

Result<SecretBytes> read_secret_file(const std::string& path) {
  Result<std::string> bytes = read_private_file(path, kSecretBytes);
  if (!bytes) return bytes.error();
  std::string_view text = *bytes;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  SecretBytes secret{std::string(text)};
  wipe(*bytes);
  return secret;
}

std::optional<SecretReference> SecretReference::read(const Node& node, const std::string& directory,
                                                     Problems& problems) {
  if (node.kind() != Node::Kind::kScalar) {
    node.problem(problems, "must be a reference to a secret: secret:NAME, env:NAME or file:PATH");
    return std::nullopt;
  }
  const std::optional<Split> parts = split(node.scalar());
  if (!parts) {
    node.problem(
        problems,
        "a literal secret does not belong in this file: write env:NAME (an environment "
        "variable), file:PATH (a file only its owner can read) or secret:NAME (sealed in the "
        "store; not yet supported in this version)");
    return std::nullopt;
  }
  if (parts->scheme == "secret") {
    node.problem(problems,
                 "not yet supported in this version: sealed secrets (secret:NAME); use env:NAME or "
                 "file:PATH");
    return std::nullopt;
  }
  if (parts->scheme == "env" && !is_environment_name(parts->what)) {
    node.problem(problems, "env: must be followed by the name of an environment variable");
    return std::nullopt;
  }
  if (parts->what.empty()) {
    node.problem(problems, "file: must be followed by a path");
    return std::nullopt;
  }
  SecretReference reference;
  reference.prefix_ = parts->prefix;
  reference.scheme_ = parts->scheme;
  reference.what_ = parts->what;
  if (reference.scheme_ == "file") reference.what_ = resolve_path(reference.what_, directory);
  if (const Result<SecretBytes> secret = reference.resolve(); !secret) {
    node.problem(problems, secret.error().detail);
    return std::nullopt;
  }
  return reference;
}

Result<SecretBytes> SecretReference::resolve() const {
  Result<SecretBytes> secret = fetch(scheme_, what_);
  if (!secret || prefix_.empty()) return secret;
  std::string whole;
  whole.reserve(prefix_.size() + secret->view().size());
  whole.append(prefix_).append(secret->view());
  return SecretBytes(std::move(whole));
}

}  // namespace sallyport::config
