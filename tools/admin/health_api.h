// How the broker is: for scrapers and load balancers, who have no identity.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/metrics.h"
#include "core/recorder.h"
#include "core/session.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

// Borrowed, and alive as long as the routes.
struct HealthParts {
  SessionRegistry& sessions;
  Recorder& recorder;
  Metrics& metrics;
  std::function<bool()> draining;
  std::function<std::size_t()> connections;
};

// Nothing: no broker runs.
std::vector<Route> health_routes(std::optional<HealthParts> parts);

}  // namespace sallyport::admin
