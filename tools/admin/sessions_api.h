// Live sessions: list, show, follow, end.
#pragma once

#include <vector>

#include "core/session.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

// `sessions` outlives the routes. Null: no broker runs, and nothing is live.
std::vector<Route> session_routes(SessionRegistry* sessions);

}  // namespace sallyport::admin
