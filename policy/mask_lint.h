// Doubts about what a policy masks: correct, and probably not meant.
#pragma once

#include <set>
#include <string>

#include "policy/model.h"

namespace sallyport::policy {

void find_mask_doubts(const Model& model, config::Problems& warnings);

// Columns that no target has, which speak these protocols.
void find_idle_columns(const Model& model, const std::set<std::string>& protocols,
                       config::Problems& warnings);

}  // namespace sallyport::policy
