#include "protocols/http/own_urls.h"

#include "core/json_writer.h"
#include "protocols/http/authority.h"

namespace sallyport::http {

bool is_own_path(const Route& route) {
  if (route.prefix.empty()) return route.path == kMetadataPath;
  return route.prefix == "/v1" || route.prefix == "/.well-known";
}

std::string base_url(const RequestHead& head, const RequestTarget& target, bool tls) {
  const std::string* host = head.fields.find("Host");
  const std::string written = !target.authority.empty() ? target.authority
                              : host != nullptr         ? *host
                                                        : std::string();
  const std::optional<Authority> authority = parse_authority(written);
  if (!authority) return {};
  std::string url = tls ? "https://" : "http://";
  const bool v6 = authority->host.find(':') != std::string::npos;
  url += v6 ? "[" + authority->host + "]" : authority->host;
  if (authority->port && *authority->port != (tls ? 443 : 80))
    url += ":" + std::to_string(*authority->port);
  return url;
}

std::string metadata_url(std::string_view base_url, const Route& route) {
  if (base_url.empty()) return {};
  return std::string(base_url) + std::string(kMetadataPath) + route.prefix;
}

std::string metadata_document(std::string_view base_url, std::string_view path,
                              const std::vector<std::string>& issuers) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().text("resource", std::string(base_url) + std::string(path));
  if (!issuers.empty()) {
    json.begin_array("authorization_servers");
    for (const std::string& issuer : issuers) json.text({}, issuer);
    json.end_array();
  }
  json.begin_array("bearer_methods_supported").text({}, "header").end_array();
  json.text("resource_name", "Sallyport").end_object();
  return out + "\n";
}

std::string challenge(bool bad_token, std::string_view metadata_url) {
  std::string value = "Bearer realm=\"sallyport\"";
  if (bad_token) value += ", error=\"invalid_token\"";
  if (!metadata_url.empty()) value += ", resource_metadata=\"" + std::string(metadata_url) + "\"";
  return value;
}

}  // namespace sallyport::http
