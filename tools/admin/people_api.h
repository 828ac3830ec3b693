// Who the caller is: the one question that every person of admin.users may ask.
#pragma once

#include <vector>

#include "tools/admin/route.h"

namespace sallyport::admin {

std::vector<Route> people_routes();

}  // namespace sallyport::admin
