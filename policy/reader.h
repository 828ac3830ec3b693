// Policy files: YAML into a Model, strictly (unknown and repeated keys, wrong types, unknown rule
// ids), with every problem at its line and column. Does not merge or judge; see compile.h.
#pragma once

#include <string_view>

#include "core/config/yaml.h"
#include "policy/compile.h"
#include "policy/model.h"

namespace sallyport::policy {

// Adds the file's roles and rules to the model; after problems the model is of no further use.
void read_policy(std::string_view text, const std::string& file, const Support& support,
                 Model& model, config::Problems& problems);

// What holds over all files together: ids and names stand once, roles name rules that exist.
void check_model(const Model& model, config::Problems& problems);

}  // namespace sallyport::policy
