// Who is known, what they hold, who is shut out or locked; disabling, enabling, unlocking.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/identity/access_control.h"
#include "tools/admin/route.h"
#include "tools/admin/store_reading.h"

namespace sallyport::admin {

struct AccessParts {
  identity::AccessControl& control;
  identity::Logins* logins;  // null: no broker runs, and nobody is locked
  StorePlace store;
  std::function<std::shared_ptr<const config::Config>()> config;  // the one in force
};

// What the parts refer to outlives the routes. None: the routes have nothing to act on.
std::vector<Route> access_routes(const std::optional<AccessParts>& parts);

}  // namespace sallyport::admin
