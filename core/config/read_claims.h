// The keys of an issuer that say what its tokens hold. Only read_identity.cc calls this.
#pragma once

#include "core/config/issuer.h"
#include "core/config/yaml.h"

namespace sallyport::config {

// `subject_claim`, `groups_claim`, `required_claims`, `token_type`.
void read_claims(MapReader& reader, Issuer& issuer);

}  // namespace sallyport::config
