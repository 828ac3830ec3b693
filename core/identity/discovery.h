// A provider's own description of itself (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), of which
// one thing is taken: where its keys are. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::identity {

// Where the document is: OpenID Connect appends to the issuer, RFC 8414 §3.1 puts the well-known
// part between host and path.
std::string openid_url(std::string_view issuer);
std::string oauth_url(std::string_view issuer);

// The document's `jwks_uri`. Refused: a document of another issuer (byte for byte: §4.3, against a
// provider that poses as another), and a URI that is not https, unless issuer and URI are both http
// on a loopback address.
Result<std::string> read_discovery(std::string_view document, std::string_view issuer);

}  // namespace sallyport::identity
