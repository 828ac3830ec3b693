// The sealed secrets: their inventory, setting and removing them. No value is ever answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config/config.h"
#include "storage/vault.h"
#include "tools/admin/route.h"
#include "tools/admin/store_reading.h"

namespace sallyport::admin {

// Borrowed, and alive as long as the routes.
struct SecretParts {
  storage::Vault& vault;
  StorePlace store;
  std::function<std::shared_ptr<const config::Config>()> config;  // in force
  const Clock& clock;
};

// Nothing: no store is open.
std::vector<Route> secret_routes(std::optional<SecretParts> parts);

}  // namespace sallyport::admin
