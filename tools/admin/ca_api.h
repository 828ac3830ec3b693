// What clients should trust, for people to hand out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/identity/ssh_ca.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

struct CaParts {
  identity::SshCa& ssh;
  // The last certificate of the listeners' chain in PEM; empty without TLS.
  std::function<std::string()> tls;
};

std::vector<Route> ca_routes(const std::optional<CaParts>& parts);

}  // namespace sallyport::admin
