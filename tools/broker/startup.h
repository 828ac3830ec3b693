// Reads what a broker runs by: the configuration with the policy files it names, and the listeners'
// certificates. Used by `check`, by the start and by a reload, so that all three refuse the same.
// Blocking.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/config/config.h"
#include "core/net/tls.h"
#include "policy/compile.h"

namespace sallyport::broker {

// The admin address among the listeners of Loaded::tls; no protocol has this key.
inline constexpr std::string_view kAdminListener = "admin";

struct Loaded {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const policy::CompiledPolicy> policy;
  // By listener key, for those with `tls: on`; the admin address too.
  std::map<std::string, std::shared_ptr<const net::TlsContext>> tls;
};

// Nothing when there is any problem.
std::optional<Loaded> load(const std::string& path, config::Problems& problems,
                           config::Problems* warnings = nullptr);

// The issuers' key files, for `check`: key sets at URLs are left alone.
void check_keys(const Loaded& loaded, config::Problems& problems);

}  // namespace sallyport::broker
