// SIGHUP: configuration, policy, certificates and keys are read again. All of it is read and
// checked before any of it takes effect; a broken new version leaves the old one in force.
#include <fmt/format.h>

#include "core/log/log.h"
#include "tools/broker/broker.h"
#include "tools/broker/limits.h"

namespace sallyport::broker {
namespace {

// What a running broker cannot change, by name; a restart does.
std::vector<std::string> fixed_differences(const config::Config& a, const config::Config& b) {
  std::vector<std::string> out;
  if (a.store != b.store) out.emplace_back("store");
  if (a.audit.session_payload_limit != b.audit.session_payload_limit ||
      a.audit.on_payload_limit != b.audit.on_payload_limit)
    out.emplace_back("audit.session_payload_limit");
  if (a.admin.socket != b.admin.socket) out.emplace_back("admin.socket");
  if (a.admin.address != b.admin.address) out.emplace_back("admin.address");
  if (a.admin.tls != b.admin.tls) out.emplace_back("admin.tls");
  if (a.io_threads != b.io_threads) out.emplace_back("io_threads");
  if (a.log.level != b.log.level || a.log.format != b.log.format) out.emplace_back("log");
  for (const auto& [key, listener] : a.listeners) {
    auto other = b.listeners.find(key);
    if (other == b.listeners.end() || other->second->address != listener->address ||
        other->second->tls != listener->tls)
      out.push_back("listen." + key);
  }
  for (const auto& [key, listener] : b.listeners)
    if (!a.listeners.contains(key)) out.push_back("listen." + key);
  return out;
}

}  // namespace

void Broker::try_reload() {
  try {
    reload();
  } catch (const std::bad_alloc&) {
    log::error("out of memory: the reload was not completed; ask for it again");
    notify_ready();
  }
}

void Broker::reload() {
  notify_reloading();
  config::Problems problems;
  auto loaded = load(loaded_.config->path, problems);
  if (loaded) {
    if (auto ready = prepare_targets(*loaded->config); !ready)
      problems.add(loaded->config->path, {}, ready.error().detail);
  }
  // Last, because these take effect at once.
  bool rotate = false;
  if (loaded && problems.empty()) {
    auto changed = change_key(*loaded->config);
    if (changed) {
      rotate = *changed;
    } else {
      problems.add(loaded->config->path, {}, changed.error().detail);
    }
  }
  if (loaded && problems.empty())
    if (auto keys = authenticator_->replace(loaded->config->issuers); !keys)
      problems.add(loaded->config->path, {}, keys.error().detail);
  if (loaded && problems.empty()) {
    apply(*std::move(loaded));
  } else {
    reject(problems);
  }
  if (rotate) begin_rotation();
  notify_ready();
}

void Broker::reject(const config::Problems& problems) {
  const auto& list = problems.list();
  for (std::size_t i = 0; i < list.size() && i < kLoggedProblems; ++i)
    log::error("reload refused", {{"problem", list[i].to_string()}});
  log::error("the old configuration stays in force",
             {{"problems", fmt::format("{}", list.size())}});
  metrics_.reload(false);
  recorder_->event({"config.rejected",
                    {{"problems", fmt::format("{}", list.size())},
                     {"first", list.empty() ? std::string() : list.front().to_string()},
                     {"config", loaded_.config->digest},
                     {"policy", loaded_.policy->id()}}});
}

void Broker::apply(Loaded loaded) {
  loaded.policy = loaded.policy->with_mask_key(store_->mask_key());
  for (const std::string& name : fixed_differences(*loaded_.config, *loaded.config))
    log::warn("this change takes effect at the next start", {{"key", name}});
  for (Door& door : doors_) {
    auto before = loaded_.config->listeners.find(door.key);
    auto after = loaded.config->listeners.find(door.key);
    if (before == loaded_.config->listeners.end() || after == loaded.config->listeners.end() ||
        before->second->tls != after->second->tls)
      continue;
    door.service->reconfigure(after->second);
    if (auto tls = loaded.tls.find(door.key); tls != loaded.tls.end()) door.tls->set(tls->second);
  }
  if (auto tls = loaded.tls.find(std::string(kAdminListener));
      tls != loaded.tls.end() && admin_tls_.get() != nullptr)
    admin_tls_.set(tls->second);
  Loaded before = std::exchange(loaded_, std::move(loaded));
  config_.set(loaded_.config);
  note_certificate();
  policy_.set(loaded_.policy);
  // Of what was checked: it can fail only for want of memory, and then the old rules stay.
  if (auto redacts = redact_by(*loaded_.config); !redacts)
    log::error("audit.redact stays as it was", {{"cause", redacts.error().detail}});
  standing_->reloaded();
  connections_.set_limit(loaded_.config->connections);
  sessions_->set_limits(loaded_.config->limits);
  logins_->set_limits(loaded_.config->login_limits);
  // Those who follow sessions are looked at again: one may not be a person any more.
  hub_.publish("");
  metrics_.reload(true);
  record_load(before, loaded_, "process");
  warn_of_missing_secrets();
  log::info("reloaded", {{"config", loaded_.config->digest}, {"policy", loaded_.policy->id()}});
}

void Broker::record_load(const Loaded& before, const Loaded& after, const std::string& by) {
  std::string config_before = before.config ? before.config->digest : std::string();
  std::string policy_before = before.policy ? before.policy->id() : std::string();
  if (config_before != after.config->digest)
    recorder_->change({"config", by, config_before, after.config->digest});
  if (policy_before != after.policy->id())
    recorder_->change({"policy", by, policy_before, after.policy->id()});
}

}  // namespace sallyport::broker
