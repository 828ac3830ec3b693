// Finds claims where the configuration says they stand, and holds them against what it asks for.
// Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/config/issuer.h"

namespace sallyport::identity {

// Null when the path leads nowhere. In a list a step is a position, counted from 0.
const nlohmann::json* find_claim(const nlohmann::json& claims, const config::ClaimPath& path);

// Equal to one of the values, type and all, or a list that holds one of them.
bool has_required(const nlohmann::json& claims, const config::RequiredClaim& required);

// "/a/b": how a claim is named in messages.
std::string to_string(const config::ClaimPath& path);

}  // namespace sallyport::identity
