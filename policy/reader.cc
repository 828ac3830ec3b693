#include "policy/reader.h"

#include <fmt/format.h>

#include <map>

#include "policy/condition_reader.h"
#include "policy/leaf_reader.h"
#include "policy/limits.h"
#include "policy/mask_reader.h"

namespace sallyport::policy {
namespace {

using config::MapReader;
using config::Node;
using config::Problems;

// Ids stand in records, reasons and "rule=verdict".
bool is_id(std::string_view text) {
  if (text.empty() || text.size() > kIdBytes) return false;
  for (char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

std::string read_id(MapReader& reader, std::string_view key) {
  std::string id = reader.require_text(key);
  if (!id.empty() && !is_id(id))
    reader.node().problem(
        reader.problems(),
        fmt::format("\"{}\" is 1 to {} letters, digits, \"-\", \"_\" and \".\"", key, kIdBytes));
  return id;
}

std::vector<Pattern> read_patterns(MapReader& reader, std::string_view key) {
  std::vector<Pattern> patterns;
  const std::optional<Node> node = reader.get(key);
  if (!node) return patterns;
  const auto items = read_list(*node, reader.problems());
  if (!items) return patterns;
  for (const Node& item : *items) {
    Result<Pattern> pattern = Pattern::parse(item.scalar(), '\0');
    if (pattern) {
      patterns.push_back(std::move(*pattern));
    } else {
      item.problem(reader.problems(), pattern.error().detail);
    }
  }
  return patterns;
}

class FileReader {
 public:
  FileReader(const Support& support, Model& model, Problems& problems)
      : support_(support), model_(model), problems_(problems) {}

  void read(const Node& root) {
    MapReader reader(root, problems_, "a policy");
    if (!reader.ok() || !has_values(root, problems_)) return;
    const std::optional<Node> version = reader.require("version");
    if (version && version->scalar() != "1")
      version->problem(problems_, "this version reads policies of `version: 1`");
    read_each(reader, "roles", kRoles, [this](const Node& node) { read_role(node); });
    read_each(reader, "rules", kRules, [this](const Node& node) { read_rule(node); });
    if (const auto patterns = reader.get("patterns"))
      read_mask_patterns(*patterns, model_, problems_);
    reader.finish();
  }

 private:
  template <class Read>
  void read_each(MapReader& reader, std::string_view key, std::size_t most, Read read) {
    const std::optional<Node> list = reader.get(key);
    if (!list) return;
    if (list->kind() != Node::Kind::kSequence)
      return list->problem(problems_, fmt::format("\"{}\" must be a list", key));
    const std::vector<Node> items = list->items();
    if (items.size() > most)
      return list->problem(problems_, fmt::format("at most {} {} in one file", most, key));
    for (const Node& item : items) read(item);
  }

  void read_role(const Node& node) {
    MapReader reader(node, problems_, "a role");
    if (!reader.ok() || !has_values(node, problems_)) return;
    Role role;
    role.place = place_of(node);
    role.name = read_id(reader, "name");
    role.groups = read_patterns(reader, "groups");
    role.subjects = read_patterns(reader, "subjects");
    role.issuers = read_patterns(reader, "issuers");
    reader.require("targets");
    role.targets = read_patterns(reader, "targets");
    if (!reader.get("groups") && !reader.get("subjects"))
      node.problem(problems_, "a role needs \"groups\" or \"subjects\": who holds it");
    const std::optional<Node> rules = reader.require("rules");
    if (rules) read_rule_references(*rules, role);
    static constexpr std::array kPayloads = {RecordPayloads::kFull, RecordPayloads::kHead,
                                             RecordPayloads::kNone};
    if (reader.get("record_payloads"))
      role.record_payloads =
          kPayloads[reader.choice("record_payloads", {"full", "head", "none"}, 0)];
    reader.finish();
    model_.roles.push_back(std::move(role));
  }

  void read_rule_references(const Node& rules, Role& role) {
    const auto items = read_list(rules, problems_);
    if (!items) return;
    for (const Node& item : *items) role.rules.push_back({item.scalar(), place_of(item)});
  }

  void read_rule(const Node& node) {
    MapReader reader(node, problems_, "a rule");
    if (!reader.ok() || !has_values(node, problems_)) return;
    Rule rule;
    rule.place = place_of(node);
    rule.id = read_id(reader, "id");
    if (const auto when = reader.get("when")) {
      if (std::optional<Condition> condition = read_condition(*when, problems_))
        rule.when = std::move(*condition);
    }
    const bool has_effect = reader.require("effect").has_value();
    static constexpr std::array kEffects = {Verdict::kAllow, Verdict::kApprove, Verdict::kDeny};
    rule.effect = kEffects[reader.choice("effect", {"allow", "approve", "deny"}, 2)];
    if (has_effect && rule.effect == Verdict::kApprove && !support_.approve)
      refuse(reader, "effect", "`effect: approve` is");
    rule.reason = reader.text("reason");
    if (rule.reason.size() > kReasonBytes)
      node.problem(problems_, fmt::format("a reason is at most {} bytes", kReasonBytes));
    rule.observe = reader.choice("mode", {"enforce", "observe"}, 0) == 1;
    refuse(reader, "approval", "`approval` is");
    if (const auto mask = reader.get("mask")) rule.mask = read_mask(*mask, problems_);
    if (const auto derived = reader.get("derived"))
      derived->problem(problems_,
                       "`derived` belongs into `mask`, as in mask: {columns: "
                       "[customers.salary], derived: mask}");
    reader.finish();
    model_.rules.push_back(std::move(rule));
  }

  // Ignoring what the author asked for would be worse than not starting.
  void refuse(MapReader& reader, std::string_view key, std::string_view what) {
    if (const auto node = reader.get(key))
      node->problem(problems_, fmt::format("{} not yet supported in this version", what));
  }

  const Support& support_;
  Model& model_;
  Problems& problems_;
};

// Reports each name that stands a second time.
class Names {
 public:
  Names(std::string_view what, Problems& problems) : what_(what), problems_(problems) {}
  void add(const std::string& name, const Place& place) {
    if (name.empty()) return;
    const auto [first, fresh] = seen_.emplace(name, place);
    if (!fresh)
      problems_.add(place.file, place.position,
                    fmt::format("{} \"{}\" stands twice; the first is at {}:{}", what_, name,
                                first->second.file, first->second.position.line));
  }
  bool has(const std::string& name) const { return seen_.count(name) != 0; }
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    for (const auto& [name, place] : seen_) names.push_back(name);
    return names;
  }

 private:
  std::string what_;
  Problems& problems_;
  std::map<std::string, Place> seen_;
};

}  // namespace

void read_policy(std::string_view text, const std::string& file, const Support& support,
                 Model& model, Problems& problems) {
  const std::optional<Node> root = config::Document::parse(text, file, problems);
  if (root) FileReader(support, model, problems).read(*root);
}

void check_model(const Model& model, Problems& problems) {
  Names rules("the rule", problems);
  Names roles("the role", problems);
  Names patterns("the pattern", problems);
  for (const Rule& rule : model.rules) rules.add(rule.id, rule.place);
  for (const Role& role : model.roles) roles.add(role.name, role.place);
  for (const MaskPattern& pattern : model.patterns) patterns.add(pattern.name, pattern.place);
  for (const Role& role : model.roles) {
    for (const RuleReference& reference : role.rules) {
      if (rules.has(reference.id)) continue;
      problems.add(reference.place.file, reference.place.position,
                   fmt::format("there is no rule \"{}\"{}", reference.id,
                               suggest(reference.id, rules.list())));
    }
  }
  check_masks(model, problems);
}

}  // namespace sallyport::policy
