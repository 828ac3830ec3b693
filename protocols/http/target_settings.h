// What an HTTP target's entry in the configuration says beyond its name: `url`, `tls`,
// `credential`, `timeouts`. Immutable once read.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/yaml.h"
#include "core/target.h"
#include "protocols/http/credential.h"
#include "protocols/http/serve_limits.h"

namespace sallyport::http {

struct TargetTimeouts {
  std::chrono::milliseconds connect = kConnectDeadline;
  std::chrono::milliseconds response = kResponseDeadline;   // from the request to the answer's head
  std::chrono::milliseconds idle = kResponseSilence;        // the longest silence within the answer
  std::chrono::milliseconds websocket = kWebSocketSilence;  // the longest silence on a WebSocket
};

struct HttpTarget final : TargetSettings {
  std::string scheme;     // "http" or "https"
  std::string authority;  // the Host field toward the target, e.g. "crm.internal:8443"
  std::string base_path;  // "" or "/base": no slash at its end
  TargetTimeouts timeouts;
  CredentialForm credential;  // of target.credential, where there is one
};

// The settings of a target that this protocol's module read.
inline const HttpTarget& http_settings(const Target& target) {
  return static_cast<const HttpTarget&>(*target.settings);
}

struct TargetUrl {
  std::string scheme;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string authority;
  std::string base_path;
};
// `http://` or `https://`, a host, perhaps a port and a path; no user, query or fragment.
Result<TargetUrl> parse_target_url(std::string_view url);

// Fills target.endpoint and target.settings; problems go to the reader's list.
void read_http_target(config::MapReader& reader, const std::string& directory, Target& target);

}  // namespace sallyport::http
