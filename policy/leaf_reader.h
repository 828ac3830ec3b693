// One test of a `when`: a fact's name and the patterns it is tested for.
#pragma once

#include <memory>

#include "core/config/yaml.h"
#include "policy/leaf_test.h"

namespace sallyport::policy {

// Null when there were problems.
std::shared_ptr<const LeafTest> read_leaf(const config::Node& fact, const config::Node& values,
                                          config::Problems& problems);

// "; did you mean …?" or the words that are known.
std::string suggest(std::string_view word, const std::vector<std::string>& known);

// The scalars of a list or a single scalar. Problems: null, maps, an empty list, more than
// kListItems.
std::optional<std::vector<config::Node>> read_list(const config::Node& node,
                                                   config::Problems& problems);

}  // namespace sallyport::policy
