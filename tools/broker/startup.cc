#include "tools/broker/startup.h"

#include "core/clock.h"
#include "core/identity/authenticator.h"
#include "tools/admin/access.h"
#include "tools/broker/modules.h"
#include "tools/broker/policy_files.h"
#include "tools/broker/redaction.h"

namespace sallyport::broker {
namespace {

void load_context(const std::string& key, std::vector<std::string> alpn, Loaded& loaded,
                  config::Problems& problems) {
  const auto& files = loaded.config->tls;
  if (!files) {
    problems.add(loaded.config->path, {}, key + " has tls: on, and there is no tls: section");
    return;
  }
  auto context = net::make_server_context({files->certificate, files->key, std::move(alpn)});
  if (context) {
    loaded.tls[key] = *context;
  } else {
    problems.add(loaded.config->path, {}, "tls: " + context.error().detail);
  }
}

// One context per listener, because each protocol has its own ALPN names.
bool load_tls(Loaded& loaded, config::Problems& problems) {
  for (const ProtocolModule* module : protocol_modules()) {
    std::string key(module->listener_key());
    auto listener = loaded.config->listeners.find(key);
    if (listener != loaded.config->listeners.end() && listener->second->tls)
      load_context(key, module->alpn(), loaded, problems);
  }
  if (loaded.config->admin.tls)
    load_context(std::string(kAdminListener), {"http/1.1"}, loaded, problems);
  return problems.empty();
}

}  // namespace

std::optional<Loaded> load(const std::string& path, config::Problems& problems,
                           config::Problems* warnings) {
  Loaded out;
  out.config = config::load(path, protocol_modules(), problems);
  if (!out.config) return std::nullopt;
  check_redaction(*out.config, problems, warnings);
  out.policy = load_policy(out.config->policy_files, problems, warnings);
  if (!out.policy || !load_tls(out, problems)) return std::nullopt;
  if (warnings == nullptr) return out;
  for (admin::Conflict& conflict : admin::conflicts(out.config->admin))
    warnings->add(path, conflict.position, std::move(conflict.message));
  std::set<std::string> protocols;
  for (const auto& target : out.config->targets) protocols.insert(target->protocol);
  out.policy->find_target_doubts(protocols, *warnings);
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
