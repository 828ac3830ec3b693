// Doubts about a policy that is correct: what `sallyport check` warns of. Pure.
#pragma once

#include "core/config/yaml.h"
#include "policy/model.h"

namespace sallyport::policy {

void find_doubts(const Model& model, config::Problems& warnings);

}  // namespace sallyport::policy
