#include "tools/broker/startup.h"

#include "core/clock.h"
#include "core/identity/authenticator.h"
#include "tools/broker/modules.h"
#include "tools/broker/policy_files.h"

namespace sallyport::broker {
namespace {

// One context per listener, because each protocol has its own ALPN names.
bool load_tls(Loaded& loaded, config::Problems& problems) {
  for (const ProtocolModule* module : protocol_modules()) {
    auto listener = loaded.config->listeners.find(std::string(module->listener_key()));
    if (listener == loaded.config->listeners.end() || !listener->second->tls) continue;
    if (!loaded.config->tls) {
      problems.add(loaded.config->path, {},
                   "listen." + listener->first + " has tls: on, and there is no tls: section");
      continue;
    }
    auto context = net::make_server_context(
        {loaded.config->tls->certificate, loaded.config->tls->key, module->alpn()});
    if (context) {
      loaded.tls[listener->first] = *context;
    } else {
      problems.add(loaded.config->path, {}, "tls: " + context.error().detail);
    }
  }
  return problems.empty();
}

}  // namespace

std::optional<Loaded> load(const std::string& path, config::Problems& problems,
                           config::Problems* warnings) {
  Loaded out;
  out.config = config::load(path, protocol_modules(), problems);
  if (!out.config) return std::nullopt;
  out.policy = load_policy(out.config->policy_files, problems, warnings);
  if (!out.policy || !load_tls(out, problems)) return std::nullopt;
  return out;
}

void check_keys(const Loaded& loaded, config::Problems& problems) {
  std::vector<config::Issuer> local;
  for (const config::Issuer& issuer : loaded.config->issuers)
    if (issuer.jwks.find("://") == std::string::npos) local.push_back(issuer);
  SystemClock clock;
  auto made = identity::Authenticator::make(local, clock);
  if (!made) problems.add(loaded.config->path, {}, made.error().detail);
}

}  // namespace sallyport::broker
