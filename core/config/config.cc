#include "core/config/config.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <filesystem>

#include "core/config/file.h"
#include "core/config/limits.h"
#include "core/config/paths.h"
#include "core/config/sections.h"
#include "core/insist.h"

namespace sallyport::config {
namespace {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require_memory(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
  return fmt::format("{:02x}", fmt::join(digest.data(), digest.data() + length, ""));
}

std::string directory_of(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  return absolute.lexically_normal().parent_path().string();
}

constexpr std::array<std::string_view, 13> kSections = {
    "listen", "tls",      "admin",   "store",  "audit",  "secrets",   "approval",
    "log",    "identity", "targets", "policy", "limits", "io_threads"};

// Names every section, so that finish() tells a misspelt key from one that is not looked at.
void know_sections(MapReader& top) {
  for (const std::string_view section : kSections) top.get(section);
}

void read_sections(MapReader& top, const Reading& reading, Config& config) {
  know_sections(top);
  // Before the sections that are held against them: listeners against `tls`, people against
  // issuers, targets against `audit`.
  if (const auto node = top.get("tls")) read_server_tls(*node, reading, config);
  if (const auto node = top.require("identity")) {
    config.issuers =
        read_identity(*node, config.directory, reading.problems, config.limits.when_token_ends);
  }
  if (const auto node = top.get("audit")) read_audit(*node, reading, config);

  if (const auto node = top.get("listen")) read_listen(*node, reading, config);
  if (const auto node = top.get("admin")) read_admin(*node, reading, config);
  if (const auto node = top.require("store")) {
    config.store = read_store(*node, config.directory, reading.problems);
  }
  if (const auto node = top.require("secrets")) {
    config.secrets = read_secrets(*node, config.directory, reading.problems,
                                  SecretReference::Check::kResolvable);
  }
  if (const auto node = top.get("targets")) read_targets(*node, reading, config);
  if (const auto node = top.require("policy")) read_policy(*node, reading, config);
  if (const auto node = top.get("limits")) read_limits(*node, reading, config);
  if (const auto node = top.get("log")) read_log(*node, reading, config);
  config.io_threads = static_cast<unsigned>(top.integer("io_threads", 0, 1, 256));
  refuse_unsupported(top, "approval", "approval of commands by people");
  top.finish();
}

// The root as a map, and what of it `read` makes; nothing when there is any problem.
template <class Read>
auto read_document(const std::string& path, Problems& problems, Read read)
    -> decltype(read(std::declval<MapReader&>())) {
  const std::optional<Node> root = Document::load(path, problems);
  if (!root) return std::nullopt;
  MapReader top(*root, problems, "the configuration");
  if (!top.ok()) return std::nullopt;
  know_sections(top);
  auto result = read(top);
  top.finish();
  if (!problems.empty()) return std::nullopt;
  return result;
}

}  // namespace

std::shared_ptr<const Target> Config::find_target(std::string_view name) const {
  for (const std::shared_ptr<const Target>& target : targets) {
    if (target->name == name) return target;
  }
  return nullptr;
}

std::shared_ptr<const Config> load(const std::string& path,
                                   const std::vector<const ProtocolModule*>& modules,
                                   Problems& problems) {
  const Result<std::string> text = read_file(path, kYamlBytes);
  if (!text) {
    problems.add(path, {}, text.error().detail);
    return nullptr;
  }
  return parse(*text, path, modules, problems);
}

std::shared_ptr<const Config> parse(std::string_view text, const std::string& path,
                                    const std::vector<const ProtocolModule*>& modules,
                                    Problems& problems) {
  const std::optional<Node> root = Document::parse(text, path, problems);
  if (!root) return nullptr;
  // Shared with whoever works under this configuration while a reload replaces it.
  auto config = std::make_shared<Config>();
  config->path = path;
  config->directory = directory_of(path);
  config->digest = sha256_hex(text);
  MapReader top(*root, problems, "the configuration");
  if (!top.ok()) return nullptr;
  read_sections(top, Reading{config->directory, modules, problems}, *config);
  if (!problems.empty()) return nullptr;
  return config;
}

std::optional<std::vector<Issuer>> load_issuers(const std::string& path, Problems& problems) {
  return read_document(path, problems, [&](MapReader& top) -> std::optional<std::vector<Issuer>> {
    const std::optional<Node> node = top.require("identity");
    if (!node) return std::nullopt;
    TokenEnd ignored{};
    return read_identity(*node, directory_of(path), problems, ignored);
  });
}

std::optional<StoreSettings> load_store(const std::string& path, Problems& problems) {
  return read_document(path, problems, [&](MapReader& top) -> std::optional<StoreSettings> {
    const std::string directory = directory_of(path);
    const std::optional<Node> store = top.require("store");
    const std::optional<Node> secrets = top.require("secrets");
    if (!store || !secrets) return std::nullopt;
    // Without its key much of a store can still be read.
    return StoreSettings{
        read_store(*store, directory, problems),
        read_secrets(*secrets, directory, problems, SecretReference::Check::kSyntax)};
  });
}

}  // namespace sallyport::config
