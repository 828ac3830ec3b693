// The `when` of a rule: YAML into a Condition, strictly. Every fact, action, pattern and window is
// checked here, so that what the reader lets through can be evaluated without a failure.
#pragma once

#include <optional>

#include "core/config/yaml.h"
#include "policy/model.h"

namespace sallyport::policy {

// Nothing when there were problems.
std::optional<Condition> read_condition(const config::Node& when, config::Problems& problems);

}  // namespace sallyport::policy
