// A rule's `mask` and a policy's `patterns`. docs/policy.md describes both.
#pragma once

#include "core/config/yaml.h"
#include "policy/model.h"

namespace sallyport::policy {

RuleMask read_mask(const config::Node& node, config::Problems& problems);

void read_mask_patterns(const config::Node& node, Model& model, config::Problems& problems);

// What holds over all files together: names that are known, and no more than one mask can have.
void check_masks(const Model& model, config::Problems& problems);

}  // namespace sallyport::policy
