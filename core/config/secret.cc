#include "core/config/secret.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/config/file.h"
#include "core/config/limits.h"
#include "core/config/run_command.h"

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
  static constexpr std::array<std::string_view, 5> kSchemes = {"secret", "env", "file", "exec",
                                                               "credential"};
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

Error named(const std::string& what, const Error& why) {
  return {why.code, fmt::format("{} {}", what, why.detail)};
}

Result<SecretBytes> fetch_file(const std::string& path) {
  Result<SecretBytes> secret = read_secret_file(path);
  if (!secret) return named(path, secret.error());
  if (secret->view().empty()) return Error{ErrorCode::kInvalid, path + " is empty"};
  return secret;
}

Result<SecretBytes> fetch_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return Error{ErrorCode::kNotFound,
                 fmt::format("the environment variable {} is not set or empty", name)};
  }
  return SecretBytes(value);
}

// systemd.exec(5): the service manager puts the file into a folder that only the service can enter;
// its mode is the manager's business.
Result<SecretBytes> fetch_credential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return Error{ErrorCode::kNotFound,
                 fmt::format("the service manager gave no credentials ($CREDENTIALS_DIRECTORY is "
                             "not set): LoadCredential={}:FILE in the unit does",
                             name)};
  }
  const std::string path = fmt::format("{}/{}", folder, name);
  Result<std::string> bytes = read_file(path, kSecretBytes);
  if (!bytes) return named(path, bytes.error());
  const SecretBytes all(std::move(*bytes));
  SecretBytes secret{std::string(without_line_end(all.view()))};
  if (secret.view().empty()) return Error{ErrorCode::kInvalid, path + " is empty"};
  return secret;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

Result<SecretBytes> fetch_output(const std::string& command) {
  const std::vector<std::string> words = words_of(command);
  Result<SecretBytes> secret = run_secret_command(words, kSecretCommand);
  if (!secret) return named(words.front(), secret.error());
  return secret;
}

// What is wrong with the reference as it is written, or nothing.
std::string misspelt(const Split& parts) {
  const std::string_view what = parts.what;
  if (parts.scheme == "env" && !is_environment_name(what))
    return "env: must be followed by the name of an environment variable";
  if (parts.scheme == "file" && what.empty()) return "file: must be followed by a path";
  if (parts.scheme == "credential" &&
      (what.empty() || what.find('/') != std::string_view::npos || what == "." || what == ".."))
    return "credential: must be followed by the name of a credential of the service manager";
  if (parts.scheme == "secret" && !is_secret_name(what))
    return "secret: must be followed by a name of lower-case letters, digits, '.', '_' and '-'";
  if (parts.scheme == "secret" && is_reserved_secret(what))
    return "secret: names that begin with \"sallyport.\" are the broker's own keys";
  if (parts.scheme == "exec") {
    const std::vector<std::string> words = words_of(what);
    if (words.empty() || !words.front().starts_with('/'))
      return "exec: must be followed by the absolute path of a program";
    if (::access(words.front().c_str(), X_OK) != 0)
      return fmt::format("exec: {} cannot be run", words.front());
  }
  return {};
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

bool is_secret_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kSecretName && alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_reserved_secret(std::string_view name) { return name.starts_with("sallyport."); }

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Result<SecretBytes> read_secret_file(const std::string& path) {
  Result<std::string> bytes = read_private_file(path, kSecretBytes);
  if (!bytes) return bytes.error();
  SecretBytes secret{std::string(without_line_end(*bytes))};
  wipe(*bytes);
  return secret;
}

std::optional<SecretReference> SecretReference::read(const Node& node, const std::string& directory,
                                                     Problems& problems, Check check) {
  if (node.kind() != Node::Kind::kScalar) {
    node.problem(problems,
                 "must be a reference to a secret: secret:NAME, env:NAME, file:PATH, exec:PROGRAM "
                 "or credential:NAME");
    return std::nullopt;
  }
  const std::optional<Split> parts = split(node.scalar());
  if (!parts) {
    node.problem(problems,
                 "a literal secret does not belong in this file: write secret:NAME (sealed in the "
                 "store by `sallyport secret set`), env:NAME (an environment variable), file:PATH "
                 "(a file only its owner can read), exec:PROGRAM (what it prints) or "
                 "credential:NAME (of the service manager)");
    return std::nullopt;
  }
  if (std::string why = misspelt(*parts); !why.empty()) {
    node.problem(problems, std::move(why));
    return std::nullopt;
  }
  SecretReference reference;
  reference.prefix_ = parts->prefix;
  reference.scheme_ = parts->scheme;
  reference.what_ = parts->what;
  if (reference.scheme_ == "file") reference.what_ = resolve_path(reference.what_, directory);
  const bool fetched_later = reference.scheme_ == "secret" || reference.scheme_ == "exec";
  if (check == Check::kSyntax || fetched_later) return reference;
  if (const Result<SecretBytes> secret = reference.fetch(); !secret) {
    node.problem(problems, secret.error().detail);
    return std::nullopt;
  }
  return reference;
}

Result<SecretBytes> SecretReference::fetch() const {
  if (scheme_ == "file") return fetch_file(what_);
  if (scheme_ == "env") return fetch_environment(what_);
  if (scheme_ == "exec") return fetch_output(what_);
  if (scheme_ == "credential") return fetch_credential(what_);
  return Error{ErrorCode::kUnsupported, name() + " is in the store, and not looked up here"};
}

SecretBytes SecretReference::with_prefix(const SecretBytes& secret) const {
  std::string whole;
  whole.reserve(prefix_.size() + secret.view().size());
  whole.append(prefix_).append(secret.view());
  return SecretBytes(std::move(whole));
}

Result<SecretBytes> SecretReference::resolve() const {
  Result<SecretBytes> secret = fetch();
  if (!secret) return secret;
  return with_prefix(*secret);
}

}  // namespace sallyport::config
