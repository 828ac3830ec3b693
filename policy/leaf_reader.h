// One test of a `when`: a fact's name and the patterns it is tested for.
#pragma once

#include <memory>

#include "core/config/yaml.h"
#include "policy/leaf_test.h"
#include "policy/model.h"

namespace sallyport::policy {

// Null when there were problems.
std::shared_ptr<const LeafTest> read_leaf(const config::Node& fact, const config::Node& values,
                                          config::Problems& problems);

// "; did you mean …?" or the words that are known.
std::string suggest(std::string_view word, const std::vector<std::string>& known);

Place place_of(const config::Node& node);

// A key without a value must not read as one that is absent: `when:` would then always hold. False
// after a problem.
bool has_values(const config::Node& map, config::Problems& problems);

// The scalars of a list or a single scalar. Problems: null, maps, an empty list, more than
// kListItems.
std::optional<std::vector<config::Node>> read_list(const config::Node& node,
                                                   config::Problems& problems);

}  // namespace sallyport::policy
