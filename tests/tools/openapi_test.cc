// docs/admin-api.yaml against the table of routes: neither has what the other lacks.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "core/config/yaml.h"
#include "tools/admin/routes.h"

namespace sallyport::admin {
namespace {

using config::Node;
using In = Parameter::In;

Node document() {
  static const Node kDocument = [] {
    config::Problems problems;
    auto root = config::Document::load(SALLYPORT_SOURCE_DIR "/docs/admin-api.yaml", problems);
    INFO(problems.to_string());
    REQUIRE(root);
    return *root;
  }();
  return kDocument;
}

std::optional<Node> find(const Node& map, std::string_view key) {
  for (const auto& [name, value] : map.entries())
    if (name.scalar() == key) return value;
  return std::nullopt;
}

Node at(const Node& map, std::string_view key) {
  INFO(std::string(key) + " of line " + std::to_string(map.position().line));
  auto found = find(map, key);
  REQUIRE(found);
  return *found;
}

std::string text(const Node& map, std::string_view key) {
  auto found = find(map, key);
  return found ? found->scalar() : std::string();
}

// The node itself, or what its $ref ("#/components/schemas/Problem") names.
Node resolved(const Node& node) {
  std::string reference = text(node, "$ref");
  if (reference.empty()) return node;
  REQUIRE(reference.starts_with("#/"));
  Node out = document();
  for (std::size_t begin = 2; begin < reference.size();) {
    std::size_t end = std::min(reference.find('/', begin), reference.size());
    out = at(out, reference.substr(begin, end - begin));
    begin = end + 1;
  }
  return resolved(out);
}

std::vector<Route> table() { return make_routes(Areas{}); }

std::string lower(std::string_view method) {
  std::string out(method);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Node operation(const Route& route) {
  Node path = at(at(document(), "paths"), route.pattern);
  return at(path, lower(route.method));
}

// "name kind required" of each value that a call may bring in one place.
using Facts = std::set<std::string>;

std::string fact(std::string_view name, std::string_view type, bool required) {
  return std::string(name) + " " + std::string(type) + (required ? " required" : "");
}

std::string_view type_name(Parameter::Kind kind) {
  switch (kind) {
    case Parameter::Kind::kText:
      return "string";
    case Parameter::Kind::kNumber:
      return "integer";
    case Parameter::Kind::kBoolean:
      return "boolean";
  }
  return "unknown";
}

Facts taken(const Route& route, In in) {
  Facts out;
  for (const Parameter& one : route.parameters)
    if (one.in == in) out.insert(fact(one.name, type_name(one.kind), one.required));
  return out;
}

Facts captured(const Route& route) {
  Facts out;
  std::string_view pattern = route.pattern;
  for (auto begin = pattern.find('{'); begin != pattern.npos; begin = pattern.find('{', begin + 1))
    out.insert(
        fact(pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1), "string", true));
  return out;
}

Facts described(const Node& operation, std::string_view in) {
  Facts out;
  auto parameters = find(operation, "parameters");
  if (!parameters) return out;
  for (const Node& item : parameters->items()) {
    Node parameter = resolved(item);
    if (text(parameter, "in") != in) continue;
    out.insert(fact(text(parameter, "name"), text(resolved(at(parameter, "schema")), "type"),
                    text(parameter, "required") == "true"));
  }
  return out;
}

// The members of a JSON body.
Facts described_body(const Node& schema) {
  Facts out;
  std::set<std::string> required;
  if (auto names = find(schema, "required"))
    for (const Node& name : names->items()) required.insert(name.scalar());
  CHECK(text(schema, "additionalProperties") == "false");
  for (const auto& [name, value] : at(schema, "properties").entries())
    out.insert(
        fact(name.scalar(), text(resolved(value), "type"), required.contains(name.scalar())));
  return out;
}

void check_body(const Route& route, const Node& operation) {
  Facts members = taken(route, In::kBody);
  auto body = find(operation, "requestBody");
  CHECK(body.has_value() == (route.takes_bytes || !members.empty()));
  if (!body) return;
  auto content = at(*body, "content").entries();
  REQUIRE(content.size() == 1);
  CHECK(content[0].first.scalar() ==
        (route.takes_bytes ? "application/octet-stream" : "application/json"));
  if (!route.takes_bytes)
    CHECK(described_body(resolved(at(content[0].second, "schema"))) == members);
}

// The statuses that the interface itself may answer with.
std::vector<std::string> expected_statuses(const Route& route) {
  if (std::holds_alternative<Anybody>(route.needs)) return {};
  std::vector<std::string> out = {"400", "401", "403"};
  if (std::holds_alternative<Privilege>(route.needs)) out.emplace_back("503");
  if (route.takes_bytes || !taken(route, In::kBody).empty()) out.insert(out.end(), {"413", "415"});
  return out;
}

}  // namespace

TEST_CASE("Every route is in the description, as it is") {
  std::set<std::string> ids;
  for (const Route& route : table()) {
    INFO(std::string(route.method) + " " + std::string(route.pattern));
    CHECK(ids.insert(std::string(route.operation)).second);
    Node described_as = operation(route);
    CHECK(text(described_as, "operationId") == route.operation);
    CHECK(text(described_as, "x-privilege") == to_string(route.needs));
    CHECK((text(described_as, "x-without-store") == "true") == route.without_store);
    CHECK_FALSE(text(described_as, "summary").empty());
    CHECK(described(described_as, "path") == captured(route));
    CHECK(described(described_as, "query") == taken(route, In::kQuery));
    check_body(route, described_as);
    Node responses = at(described_as, "responses");
    for (const std::string& status : expected_statuses(route)) {
      INFO(status);
      CHECK(find(responses, status));
    }
  }
}

TEST_CASE("The description has nothing that is not a route") {
  const auto routes = table();
  for (const auto& [path, methods] : at(document(), "paths").entries()) {
    for (const auto& [method, ignored] : methods.entries()) {
      INFO(method.scalar() + " " + path.scalar());
      CHECK(std::ranges::any_of(routes, [&](const Route& route) {
        return route.pattern == path.scalar() && lower(route.method) == method.scalar();
      }));
    }
  }
}

TEST_CASE("The description lists the privileges there are") {
  std::vector<std::string> names;
  for (const Node& name :
       at(at(at(at(document(), "components"), "schemas"), "Privilege"), "enum").items())
    names.push_back(name.scalar());
  std::vector<std::string> known;
  for (Privilege privilege : config::all_privileges())
    known.emplace_back(config::to_string(privilege));
  CHECK(names == known);
}

TEST_CASE("Every privilege gives something") {
  const auto routes = table();
  for (Privilege privilege : config::all_privileges()) {
    INFO(std::string(config::to_string(privilege)));
    CHECK(std::ranges::any_of(routes, [&](const Route& route) {
      return to_string(route.needs) == config::to_string(privilege);
    }));
  }
}

TEST_CASE("No two routes stand in each other's way, and what reads has the method for it") {
  const auto routes = table();
  for (std::size_t i = 0; i < routes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      CHECK_FALSE((routes[i].method == routes[j].method && routes[i].pattern == routes[j].pattern));
    const auto* privilege = std::get_if<Privilege>(&routes[i].needs);
    INFO(std::string(routes[i].operation));
    if (privilege != nullptr) CHECK(config::changes(*privilege) == (routes[i].method != "GET"));
  }
}

}  // namespace sallyport::admin
