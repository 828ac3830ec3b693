#include "policy/facts.h"

#include <array>

namespace sallyport::policy {
namespace {

constexpr bool kNotYet = false;

FactSpec builtin(std::string_view name, FactKind kind) { return {.name = name, .kind = kind}; }

FactSpec later(std::string_view name, bool family = false) {
  return {.name = name, .family = family, .produced = kNotYet};
}

std::vector<FactSpec> make_facts() {
  std::vector<FactSpec> facts = {
      builtin("action", FactKind::kAction),
      builtin("target", FactKind::kTarget),
      builtin("protocol", FactKind::kProtocol),
      builtin("group", FactKind::kGroup),
      builtin("issuer", FactKind::kIssuer),
      builtin("subject", FactKind::kSubject),
      builtin("actor", FactKind::kActor),
      builtin("object", FactKind::kObject),
      builtin("text", FactKind::kText),
      builtin("time", FactKind::kTime),
      {.name = "http.method"},
      {.name = "http.method_override"},
      {.name = "http.path", .separator = '/'},
      {.name = "http.host", .separator = '.'},
      {.name = "http.query.", .family = true},
      {.name = "http.header.", .family = true, .fold_name = true},
      {.name = "http.upgrade"},
      {.name = "http.ambiguous", .must_be_named = true},
      later("http.text"),
      later("http.body.", true),
      later("http.key"),
      later("http.graphql.operation"),
      later("http.graphql.field"),
  };
  // What the HTTP module leaves out of its facts.
  for (const char* name :
       {"http.header.authorization", "http.header.proxy-authorization", "http.header.cookie"}) {
    facts.push_back({.name = name, .produced = kNotYet, .withheld = true});
  }
  for (const char* name : {"sql.reads", "sql.writes", "sql.computes"})
    facts.push_back({.name = name, .separator = '.', .home = "public.", .columns = true});
  facts.push_back({.name = "sql.function", .separator = '.', .home = "pg_catalog."});
  facts.push_back({.name = "sql.setting", .separator = '.'});
  for (const char* name : {"sql.statement", "sql.where", "sql.opaque"})
    facts.push_back({.name = name});
  for (const char* name : {"ssh.kind", "ssh.program", "ssh.argument", "ssh.path", "ssh.effect"})
    facts.push_back(later(name));
  return facts;
}

constexpr std::array<ObjectType, 8> kObjectTypes = {{{"path", '/', true},
                                                     {"host", '.', true},
                                                     {"table", '.', true},
                                                     {"column", '.', kNotYet},
                                                     {"function", '.', true},
                                                     {"setting", '.', true},
                                                     {"file", '/', true},
                                                     {"program", '\0', true}}};

std::string folded(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

const std::vector<FactSpec>& all_facts() {
  static const std::vector<FactSpec> facts = make_facts();
  return facts;
}

std::optional<FactName> find_fact(std::string_view name) {
  const FactSpec* family = nullptr;
  std::string canonical(name);
  for (const FactSpec& spec : all_facts()) {
    if (!spec.family || name.size() <= spec.name.size() || !name.starts_with(spec.name)) continue;
    family = &spec;
    if (spec.fold_name)
      canonical.replace(spec.name.size(), std::string::npos, folded(name.substr(spec.name.size())));
  }
  for (const FactSpec& spec : all_facts())
    if (!spec.family && spec.name == canonical) return FactName{&spec, std::move(canonical)};
  if (family == nullptr) return std::nullopt;
  return FactName{family, std::move(canonical)};
}

std::vector<std::string> fact_names(bool produced_only) {
  std::vector<std::string> names;
  for (const FactSpec& spec : all_facts())
    if (!spec.withheld && (spec.produced || !produced_only))
      names.push_back(std::string(spec.name) + (spec.family ? "NAME" : ""));
  return names;
}

const ObjectType* find_object_type(std::string_view name) {
  for (const ObjectType& type : kObjectTypes)
    if (type.name == name) return &type;
  return nullptr;
}

std::vector<std::string> object_type_names() {
  std::vector<std::string> names;
  for (const ObjectType& type : kObjectTypes) names.emplace_back(type.name);
  return names;
}

std::vector<std::string> protocol_names() { return {"http", "postgres", "ssh"}; }

}  // namespace sallyport::policy
