// A target's references to itself, turned so that they lead back through the broker: the target's
// URL with its base path becomes the broker's with its prefix. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http/forwarding.h"

namespace sallyport::http {

// A reference (RFC 3986) as the agent has to follow it. A URL or absolute path of the target
// becomes an absolute path at the broker; what is outside of the base path becomes a URL of the
// target, since the broker does not lead there; references to others, and relative ones, stay. A
// URL of the broker's own that carries the prefix was made from X-Forwarded-*, and stays.
std::string rewrite_reference(std::string_view reference, const ResponseContext& context);

// The references between "<" and ">" of a Link value (RFC 8288 §3).
std::string rewrite_links(std::string_view links, const ResponseContext& context);

// The reference after "url=" of a Refresh value.
std::string rewrite_refresh(std::string_view refresh, const ResponseContext& context);

// One Set-Cookie value (RFC 6265 §4.1): Path moved under the prefix, so that no other target gets
// the cookie, and Domain dropped. Secure goes when the agent's side is plain HTTP, where the cookie
// would never come back.
std::string rewrite_cookie(std::string_view cookie, const ResponseContext& context);

}  // namespace sallyport::http
