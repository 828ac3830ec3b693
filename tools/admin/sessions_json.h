// Live sessions as JSON, members named like the columns of the view `sessions`. Pure but for what a
// Session counts while it is read.
#pragma once

#include <string>

#include "core/session.h"

namespace sallyport::admin {

std::string session_json(const Session& session);

}  // namespace sallyport::admin
