#include "core/identity/discovery.h"

#include <nlohmann/json.hpp>

#include "core/config/provider_url.h"
#include "core/identity/limits.h"
#include "core/identity/strict_json.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

Error unusable(std::string why) { return {ErrorCode::kMalformed, std::move(why)}; }

const std::string* text_member(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? &found->get_ref<const std::string&>()
                                                       : nullptr;
}

// Without the slash that ends it: both rules say so.
std::string_view without_slash(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return issuer;
}

}  // namespace

std::string openid_url(std::string_view issuer) {
  return std::string(without_slash(issuer)) + "/.well-known/openid-configuration";
}

std::string oauth_url(std::string_view issuer) {
  issuer = without_slash(issuer);
  const std::size_t path = issuer.find('/', issuer.find("://") + 3);
  std::string url(issuer.substr(0, path));
  url += "/.well-known/oauth-authorization-server";
  if (path != std::string_view::npos) url += issuer.substr(path);
  return url;
}

Result<std::string> read_discovery(std::string_view document, std::string_view issuer) {
  if (document.size() > kDiscoveryBytes) return unusable("the discovery document is too large");
  json parsed;
  if (const Result<void> read = parse_strict_json(document, parsed); !read) {
    return unusable("the discovery document " + read.error().detail);
  }
  if (!parsed.is_object()) return unusable("the discovery document is not an object");
  const std::string* claimed = text_member(parsed, "issuer");
  if (claimed == nullptr || *claimed != issuer) {
    return unusable("the discovery document is another issuer's");
  }
  const std::string* jwks = text_member(parsed, "jwks_uri");
  if (jwks == nullptr) return unusable("the discovery document names no \"jwks_uri\"");
  if (const Result<void> good = config::check_provider_url(*jwks); !good) {
    return unusable("\"jwks_uri\" of the discovery document " + good.error().detail);
  }
  if (config::is_loopback_http(*jwks) && !config::is_loopback_http(issuer)) {
    return unusable("\"jwks_uri\" of the discovery document is on this machine");
  }
  return *jwks;
}

}  // namespace sallyport::identity
