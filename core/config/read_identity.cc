// `identity`: whose tokens are accepted.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/address.h"
#include "core/config/paths.h"
#include "core/config/sections.h"

namespace sallyport::config {
namespace {

// What a development issuer's tokens are for unless the configuration says otherwise.
constexpr std::string_view kDevelopmentAudience = "sallyport";
// RFC 7518 §3.1 without `none` and the symmetric ones, and RFC 8037; identity/algorithms.h verifies
// these.
constexpr std::array<std::string_view, 10> kAlgorithms = {
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
constexpr std::chrono::hours kLongestLifetime{24 * 365};

bool is_https(std::string_view url) { return url.starts_with("https://"); }

std::string_view authority_of(std::string_view url) {
  const std::size_t start = url.find("://") + 3;
  return url.substr(start, url.find_first_of("/?#", start) - start);
}

// http:// is for a provider on this machine only: over a network anybody on the way could put keys
// in.
bool is_loopback_http(std::string_view url) {
  if (!url.starts_with("http://")) return false;
  std::string_view authority = authority_of(url);
  // libcurl takes this name for the loopback address without asking anybody.
  if (authority == "localhost" || authority.starts_with("localhost:")) return true;
  if (const auto with_port = parse_host_port(authority)) {
    return is_loopback_address(with_port->host);
  }
  if (authority.size() > 2 && authority.front() == '[' && authority.back() == ']') {
    authority = authority.substr(1, authority.size() - 2);
  }
  return is_loopback_address(authority);
}

void read_jwks(MapReader& reader, const std::string& directory, Issuer& issuer) {
  Problems& problems = reader.problems();
  const std::optional<Node> jwks = reader.get("jwks");
  const std::optional<Node> ca = reader.get("jwks_ca");
  if (!jwks) {
    reader.node().problem(
        problems,
        "discovery is not yet supported in this version: name the issuer's key set "
        "(a file or an https URL) with \"jwks\"");
    return;
  }
  const std::string source = jwks->text(problems).value_or("");
  if (is_https(source) || is_loopback_http(source)) {
    const bool clean = std::all_of(source.begin(), source.end(), [](char c) {
      return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
    });
    const std::string_view authority = authority_of(source);
    if (authority.find('@') != std::string_view::npos) {
      jwks->problem(problems, "a URL here holds no user name or password");
    }
    if (!clean) jwks->problem(problems, "a URL has no spaces and only ASCII characters");
    issuer.jwks = source;
    issuer.jwks_ca = read_path(reader, "jwks_ca", directory);
    return;
  }
  if (source.find("://") != std::string::npos) {
    jwks->problem(problems, "must be a file, an https URL, or an http URL on a loopback address");
    return;
  }
  issuer.jwks = check_path(*jwks, problems, directory, FileKind::kReadable);
  if (ca) ca->problem(problems, "\"jwks_ca\" has no effect: \"jwks\" is a file");
}

void read_algorithms(MapReader& reader, Issuer& issuer) {
  const std::optional<Node> node = reader.get("algorithms");
  if (!node) return;
  if (node->kind() == Node::Kind::kSequence && node->items().empty()) {
    node->problem(reader.problems(), "\"algorithms\" must name at least one");
  }
  issuer.algorithms = node->texts(reader.problems());
  for (const std::string& name : issuer.algorithms) {
    if (std::find(kAlgorithms.begin(), kAlgorithms.end(), name) != kAlgorithms.end()) continue;
    const bool shared_key = name.starts_with("HS") || name == "none";
    node->problem(reader.problems(),
                  fmt::format("\"{}\" {}; it may be {}", name,
                              shared_key ? "is never accepted" : "is not an algorithm we know",
                              fmt::join(kAlgorithms, ", ")));
  }
}

void read_oidc(MapReader& reader, const std::string& directory, Issuer& issuer) {
  issuer.type = IssuerType::kOidc;
  issuer.issuer = reader.require_text("issuer");
  issuer.audience = reader.require_text("audience");
  issuer.strict_audience = reader.boolean("strict_audience", false);
  issuer.groups_claim = reader.text("groups_claim", "groups");
  read_algorithms(reader, issuer);
  read_jwks(reader, directory, issuer);
}

void read_development(MapReader& reader, const std::string& directory, Issuer& issuer) {
  issuer.type = IssuerType::kDevelopment;
  issuer.issuer = "sallyport:" + issuer.name;
  issuer.audience = reader.text("audience", std::string(kDevelopmentAudience));
  issuer.algorithms = {"EdDSA"};
  reader.require("key");
  issuer.key = read_path(reader, "key", directory, FileKind::kPrivate);
}

bool is_issuer_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::optional<Issuer> read_issuer(const Node& node, const std::string& directory,
                                  Problems& problems) {
  MapReader reader(node, problems, "an issuer");
  if (!reader.ok()) return std::nullopt;
  Issuer issuer;
  issuer.name = reader.require_text("name");
  if (!issuer.name.empty() && !is_issuer_name(issuer.name)) {
    reader.get("name")->problem(problems,
                                "an issuer's name is 1 to 64 letters, digits, '-', '_' and '.'");
  }
  if (!reader.require("type")) return std::nullopt;
  constexpr std::size_t kNone = 3;
  switch (reader.choice("type", {"oidc", "development", "saml"}, kNone)) {
    case 0:
      read_oidc(reader, directory, issuer);
      break;
    case 1:
      read_development(reader, directory, issuer);
      break;
    case 2:
      refuse_unsupported(reader, "type", "issuers of type saml");
      return std::nullopt;
    default:
      return std::nullopt;
  }
  reader.finish();
  return issuer;
}

}  // namespace

std::vector<Issuer> read_identity(const Node& node, const std::string& directory,
                                  Problems& problems) {
  std::vector<Issuer> issuers;
  MapReader reader(node, problems, "identity");
  if (!reader.ok()) return issuers;
  const auto lifetime = reader.duration("max_token_lifetime", std::chrono::hours(24));
  if (lifetime < std::chrono::seconds(1) || lifetime > kLongestLifetime) {
    reader.get("max_token_lifetime")->problem(problems, "must be from 1s to 365d");
  }
  const std::optional<Node> list = reader.require("issuers");
  reader.finish();
  if (!list) return issuers;
  if (list->kind() != Node::Kind::kSequence) {
    list->problem(problems, "identity.issuers must be a list");
    return issuers;
  }
  for (const Node& item : list->items()) {
    std::optional<Issuer> issuer = read_issuer(item, directory, problems);
    if (!issuer) continue;
    for (const Issuer& other : issuers) {
      if (other.name == issuer->name) {
        item.problem(problems, fmt::format("a second issuer named \"{}\"", issuer->name));
      } else if (other.issuer == issuer->issuer) {
        item.problem(problems, fmt::format("issuers \"{}\" and \"{}\" have the same \"issuer\"",
                                           other.name, issuer->name));
      }
    }
    issuer->max_token_lifetime = std::chrono::duration_cast<std::chrono::seconds>(lifetime);
    issuers.push_back(*std::move(issuer));
  }
  return issuers;
}

}  // namespace sallyport::config
