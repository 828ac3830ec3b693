// `identity`: whose tokens are accepted.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/paths.h"
#include "core/config/provider_url.h"
#include "core/config/read_claims.h"
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
constexpr std::string_view kLifetimeBounds = "from 1s to 365d";
// A provider that is down for longer than this should be noticed by people, not bridged by us.
constexpr std::chrono::hours kLongestKeep{30 * 24};
constexpr std::chrono::hours kLongestRefresh{24};

// A duration in whole seconds, within its bounds.
void read_seconds(MapReader& reader, std::string_view key, std::chrono::seconds most,
                  std::string_view bounds, std::chrono::seconds& value) {
  const std::optional<Node> node = reader.get(key);
  if (!node) return;
  const auto read = node->duration(reader.problems());
  if (!read) return;
  value = std::chrono::duration_cast<std::chrono::seconds>(*read);
  if (value < std::chrono::seconds(1) || value > most) {
    node->problem(reader.problems(), fmt::format("\"{}\" must be {}", key, bounds));
  }
}

// The keys for keys that are fetched.
void read_fetching(MapReader& reader, const std::string& directory, Issuer& issuer) {
  issuer.ca = read_path(reader, "ca", directory);
  read_seconds(reader, "keep_keys", kLongestKeep, "from 1s to 30d", issuer.keep_keys);
  issuer.refresh_keys = std::min(issuer.refresh_keys, issuer.keep_keys);
  read_seconds(reader, "refresh_keys", kLongestRefresh, "from 1s to 24h", issuer.refresh_keys);
  if (issuer.keep_keys < issuer.refresh_keys) {
    reader.node().problem(reader.problems(),
                          "\"keep_keys\" must not be shorter than \"refresh_keys\": keys would "
                          "lapse before they are fetched again");
  }
}

// RFC 8414 §2, OpenID Connect Discovery 1.0 §3: what the document is found by.
void check_issuer_url(MapReader& reader, const Issuer& issuer) {
  const std::optional<Node> node = reader.get("issuer");
  if (!node || issuer.issuer.empty()) return;
  if (const Result<void> good = check_provider_url(issuer.issuer); !good) {
    node->problem(reader.problems(),
                  fmt::format("the issuer {}, for its keys to be found by discovery; or name its "
                              "key set with \"jwks\"",
                              good.error().detail));
  } else if (issuer.issuer.find_first_of("?#") != std::string::npos) {
    node->problem(reader.problems(), "an issuer has no query and no fragment");
  }
}

void read_jwks(MapReader& reader, const std::string& directory, Issuer& issuer) {
  Problems& problems = reader.problems();
  const std::optional<Node> jwks = reader.get("jwks");
  if (!jwks) {
    check_issuer_url(reader, issuer);
    return read_fetching(reader, directory, issuer);
  }
  const std::string source = jwks->text(problems).value_or("");
  if (source.find("://") != std::string::npos) {
    if (const Result<void> good = check_provider_url(source); !good) {
      jwks->problem(problems, fmt::format("\"jwks\" names a file, or it {}", good.error().detail));
    }
    issuer.jwks = source;
    return read_fetching(reader, directory, issuer);
  }
  issuer.jwks = check_path(*jwks, problems, directory, FileKind::kReadable);
  for (const char* key : {"ca", "refresh_keys", "keep_keys"}) {
    if (const std::optional<Node> idle = reader.get(key)) {
      idle->problem(problems, fmt::format("\"{}\" has no effect: \"jwks\" is a file", key));
    }
  }
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
  read_claims(reader, issuer);
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
                                  std::chrono::seconds max_token_lifetime, Problems& problems) {
  MapReader reader(node, problems, "an issuer");
  if (!reader.ok()) return std::nullopt;
  Issuer issuer;
  issuer.max_token_lifetime = max_token_lifetime;
  read_seconds(reader, "max_token_lifetime", kLongestLifetime, kLifetimeBounds,
               issuer.max_token_lifetime);
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
                                  Problems& problems, TokenEnd& when_token_ends) {
  std::vector<Issuer> issuers;
  MapReader reader(node, problems, "identity");
  if (!reader.ok()) return issuers;
  std::chrono::seconds lifetime = Issuer().max_token_lifetime;
  read_seconds(reader, "max_token_lifetime", kLongestLifetime, kLifetimeBounds, lifetime);
  when_token_ends = reader.choice("when_token_ends", {"end", "finish"}, 0) == 0 ? TokenEnd::kEnd
                                                                                : TokenEnd::kFinish;
  const std::optional<Node> list = reader.require("issuers");
  reader.finish();
  if (!list) return issuers;
  if (list->kind() != Node::Kind::kSequence) {
    list->problem(problems, "identity.issuers must be a list");
    return issuers;
  }
  for (const Node& item : list->items()) {
    std::optional<Issuer> issuer = read_issuer(item, directory, lifetime, problems);
    if (!issuer) continue;
    for (const Issuer& other : issuers) {
      if (other.name == issuer->name) {
        item.problem(problems, fmt::format("a second issuer named \"{}\"", issuer->name));
      } else if (other.issuer == issuer->issuer) {
        item.problem(problems, fmt::format("issuers \"{}\" and \"{}\" have the same \"issuer\"",
                                           other.name, issuer->name));
      }
    }
    issuers.push_back(*std::move(issuer));
  }
  return issuers;
}

}  // namespace sallyport::config
