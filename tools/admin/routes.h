// Every route of the admin interface: the list that the running broker, a command that works on the
// store alone, and the test of docs/admin-api.yaml share.
#pragma once

#include <optional>
#include <vector>

#include "tools/admin/access_api.h"
#include "tools/admin/ca_api.h"
#include "tools/admin/health_api.h"
#include "tools/admin/route.h"
#include "tools/admin/secrets_api.h"

namespace sallyport::admin {

// What the routes act on: borrowed, and alive as long as they. What is not there makes the routes
// that need it answer 503.
struct Areas {
  std::optional<HealthParts> health;
  SessionRegistry* sessions = nullptr;
  std::optional<SecretParts> secrets = {};
  std::optional<CaParts> ca = {};
  std::optional<AccessParts> access = {};
};

std::vector<Route> make_routes(const Areas& areas);

}  // namespace sallyport::admin
