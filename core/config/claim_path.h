// Names of claims in the configuration, which may lie within other claims. Pure.
#pragma once

#include <string_view>

#include "core/config/issuer.h"
#include "core/result.h"

namespace sallyport::config {

// "/a/b~1c" is a JSON pointer (RFC 6901); "a.b" is `b` within `a`; all else, and what has "://" in
// it (the URLs that some providers name their claims by), is the name of a member. The error says
// what is wrong with it.
Result<ClaimPath> parse_claim_path(std::string_view text);

}  // namespace sallyport::config
