// `targets` and `policy`: what can be reached, and under which rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/paths.h"
#include "core/config/sections.h"

namespace sallyport::config {
namespace {

constexpr std::array<std::string_view, 1> kPlannedProtocols = {"ssh"};
// Paths of the broker's own on its listeners (`/v1/token`), which a target's name must not shadow.
constexpr std::array<std::string_view, 1> kReservedNames = {"v1"};

// A target's name is a path segment, a DNS label, a database name and an SSH user name: what all of
// them take without escaping or folding of case.
bool is_target_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alphanumeric(c) || c == '-' || c == '_'; });
}

void check_name(const Node& node, const std::string& name, const Reading& reading,
                const Config& config) {
  if (!is_target_name(name)) {
    node.problem(
        reading.problems,
        "a target's name is 1 to 63 lower-case letters, digits, '-' and '_', and starts with "
        "a letter or digit");
  }
  if (std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end()) {
    node.problem(reading.problems,
                 fmt::format("\"{}\" is reserved for the broker's own paths", name));
  }
  if (config.find_target(name) != nullptr) {
    node.problem(reading.problems, fmt::format("a second target named \"{}\"", name));
  }
}

// The module whose protocol the target names, or null after a problem.
const ProtocolModule* read_protocol(MapReader& reader, const Reading& reading) {
  const std::optional<Node> node = reader.require("protocol");
  if (!node) return nullptr;
  std::vector<std::string> known;
  for (const ProtocolModule* module : reading.modules) {
    if (node->scalar() == module->target_protocol()) return module;
    known.emplace_back(module->target_protocol());
  }
  const auto planned =
      std::find(kPlannedProtocols.begin(), kPlannedProtocols.end(), node->scalar());
  if (planned != kPlannedProtocols.end()) {
    refuse_unsupported(reader, "protocol", fmt::format("{} targets", *planned));
    return nullptr;
  }
  std::string message = fmt::format("\"protocol\" must be one of {}", fmt::join(known, ", "));
  if (const auto near = nearest(node->scalar(), known)) {
    message += fmt::format("; did you mean \"{}\"?", *near);
  }
  node->problem(reading.problems, std::move(message));
  return nullptr;
}

void read_target(const Node& node, const Reading& reading, Config& config) {
  MapReader reader(node, reading.problems, "a target");
  if (!reader.ok()) return;
  // Shared by the sessions that are opened on it.
  auto target = std::make_shared<Target>();
  target->name = reader.require_text("name");
  if (!target->name.empty()) check_name(*reader.get("name"), target->name, reading, config);
  refuse_unsupported(reader, "via", "targets reached through a connector");
  target->audit = config.audit.defaults;
  if (const std::optional<Node> audit = reader.get("audit")) {
    MapReader settings(*audit, reading.problems, "a target's audit");
    if (settings.ok()) target->audit = read_audit_settings(settings, config.audit.defaults);
    settings.finish();
  }
  if (const std::optional<Node> limits = reader.get("limits")) {
    MapReader settings(*limits, reading.problems, "a target's limits");
    const auto read = [&](std::string_view key) -> std::optional<std::chrono::seconds> {
      if (!settings.get(key)) return std::nullopt;
      return read_seconds(settings, key, std::chrono::seconds(1));
    };
    if (settings.ok())
      target->limits = {read("idle"), read("session"), read("idle_in_transaction")};
    settings.finish();
  }
  const ProtocolModule* module = read_protocol(reader, reading);
  // Which other keys there are is the protocol's to say.
  if (module != nullptr) {
    target->protocol = module->target_protocol();
    module->read_target(reader, reading.directory, *target);
    reader.finish();
  }
  config.targets.push_back(std::move(target));
}

}  // namespace

void read_targets(const Node& node, const Reading& reading, Config& config) {
  if (node.kind() != Node::Kind::kSequence) {
    node.problem(reading.problems, "targets must be a list");
    return;
  }
  for (const Node& item : node.items()) read_target(item, reading, config);
}

void read_policy(const Node& node, const Reading& reading, Config& config) {
  if (node.kind() != Node::Kind::kScalar && node.kind() != Node::Kind::kSequence) {
    node.problem(reading.problems, "policy must be a file or a list of files");
    return;
  }
  const std::vector<Node> files =
      node.kind() == Node::Kind::kScalar ? std::vector<Node>{node} : node.items();
  if (files.empty()) node.problem(reading.problems, "policy must name at least one file");
  for (const Node& file : files) {
    std::string path = check_path(file, reading.problems, reading.directory, FileKind::kReadable);
    const auto& known = config.policy_files;
    if (!path.empty() && std::find(known.begin(), known.end(), path) != known.end()) {
      file.problem(reading.problems, fmt::format("{} is listed twice", path));
    }
    config.policy_files.push_back(std::move(path));
  }
}

}  // namespace sallyport::config
