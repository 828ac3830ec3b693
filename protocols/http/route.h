// Which target a request is for, and what its path means there. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocols/http/credential.h"
#include "protocols/http/message.h"
#include "protocols/http/path.h"

namespace sallyport::http {

struct Route {
  std::string target;  // its name; whether there is one of that name is not known here
  std::string prefix;  // "/TARGET", or empty when the host chose
  std::string path;    // after the prefix; "/" at least, or "*"
};

// `Host: TARGET.BASE_DOMAIN` when there is a base domain, else `/TARGET/path`.
Route find_route(const RequestHead& head, const RequestTarget& target,
                 std::string_view base_domain);

// The request-target toward the target: base path, path, and the query without what the agent wrote
// in the place of the credential, which is put in when it belongs there.
std::string upstream_target(std::string_view base_path, const Route& route,
                            const RequestTarget& target, const Credential* credential);

}  // namespace sallyport::http
