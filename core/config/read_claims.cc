#include "core/config/read_claims.h"

#include <fmt/format.h>

#include <charconv>

#include "core/config/claim_path.h"
#include "core/config/limits.h"

namespace sallyport::config {
namespace {

using Value = decltype(RequiredClaim::values)::value_type;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

// As YAML 1.2 reads it: quoted is text, and of the rest true, false and numbers are what they look
// like.
Value value_of(const Node& node) {
  const std::string& text = node.scalar();
  if (node.quoted()) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  if (const auto whole = number<std::int64_t>(text)) return *whole;
  const bool numeric = text.find_first_of("0123456789") != std::string::npos &&
                       text.find_first_not_of("0123456789.+-eE") == std::string::npos;
  if (numeric) {
    if (const auto real = number<double>(text)) return *real;
  }
  return text;
}

ClaimPath read_path(MapReader& reader, std::string_view key, ClaimPath fallback) {
  const std::optional<Node> node = reader.get(key);
  if (!node) return fallback;
  const std::optional<std::string> text = node->text(reader.problems());
  if (!text) return fallback;
  Result<ClaimPath> path = parse_claim_path(*text);
  if (path) return *std::move(path);
  node->problem(reader.problems(), path.error().detail);
  return fallback;
}

std::vector<Value> read_values(const Node& node, Problems& problems) {
  std::vector<Value> values;
  if (node.kind() == Node::Kind::kScalar) return {value_of(node)};
  if (node.kind() == Node::Kind::kSequence) {
    for (const Node& item : node.items()) {
      if (item.kind() != Node::Kind::kScalar) {
        item.problem(problems, "a value of a claim is a text, a number, true or false");
        return {};
      }
      values.push_back(value_of(item));
    }
  }
  if (values.empty() || values.size() > kClaimValues) {
    node.problem(problems,
                 fmt::format("a required claim has one value, or a list of 1 to {}", kClaimValues));
  }
  return values;
}

void read_required(MapReader& reader, Issuer& issuer) {
  const std::optional<Node> node = reader.get("required_claims");
  if (!node) return;
  Problems& problems = reader.problems();
  if (node->kind() != Node::Kind::kMap || node->entries().size() > kRequiredClaims) {
    node->problem(problems,
                  fmt::format("\"required_claims\" is a map of up to {} claims and their values",
                              kRequiredClaims));
    return;
  }
  for (const auto& [name, value] : node->entries()) {
    RequiredClaim required;
    required.name = name.scalar();
    Result<ClaimPath> path = parse_claim_path(required.name);
    if (!path) {
      name.problem(problems, path.error().detail);
      continue;
    }
    required.path = *std::move(path);
    required.values = read_values(value, problems);
    issuer.required_claims.push_back(std::move(required));
  }
}

}  // namespace

void read_claims(MapReader& reader, Issuer& issuer) {
  issuer.subject_claim = read_path(reader, "subject_claim", issuer.subject_claim);
  issuer.groups_claim = read_path(reader, "groups_claim", issuer.groups_claim);
  read_required(reader, issuer);
  switch (reader.choice("token_type", {"any", "access", "id"}, 0)) {
    case 1:
      issuer.token_type = TokenType::kAccess;
      break;
    case 2:
      issuer.token_type = TokenType::kId;
      break;
    default:
      issuer.token_type = TokenType::kAny;
  }
}

}  // namespace sallyport::config
