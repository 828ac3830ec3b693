#include "core/config/client_tls.h"

#include "core/config/paths.h"

namespace sallyport::config {

std::optional<net::TlsClientSettings> read_client_tls(MapReader& target,
                                                      const std::string& directory) {
  const std::optional<Node> node = target.get("tls");
  if (!node) return std::nullopt;
  MapReader reader(*node, target.problems(), "a target's tls");
  net::TlsClientSettings settings;
  static constexpr std::array kModes = {net::TlsMode::kVerifyFull, net::TlsMode::kVerifyCa,
                                        net::TlsMode::kRequire, net::TlsMode::kOff};
  settings.mode = kModes[reader.choice("mode", {"verify-full", "verify-ca", "require", "off"}, 0)];
  settings.ca_path = read_path(reader, "ca", directory);
  const bool verifies =
      settings.mode == net::TlsMode::kVerifyFull || settings.mode == net::TlsMode::kVerifyCa;
  if (!verifies && !settings.ca_path.empty()) {
    reader.get("ca")->problem(reader.problems(),
                              "\"ca\" has no effect without mode: verify-full or verify-ca");
  }
  settings.certificate_path = read_path(reader, "certificate", directory);
  settings.key_path = read_path(reader, "key", directory, FileKind::kPrivate);
  if (settings.certificate_path.empty() != settings.key_path.empty()) {
    node->problem(target.problems(),
                  "\"certificate\" and \"key\" go together: what is shown to the target, and the "
                  "key it belongs to");
  } else if (settings.mode == net::TlsMode::kOff && !settings.key_path.empty()) {
    reader.get("certificate")
        ->problem(reader.problems(), "\"certificate\" has no effect without TLS");
  }
  reader.finish();
  return settings;
}

}  // namespace sallyport::config
