// Reads and compiles policy files by name, for the broker and for the commands that work without
// one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/compile.h"

namespace sallyport::broker {

// A file that cannot be read is a problem of its own. Null when there is any problem.
std::shared_ptr<const policy::CompiledPolicy> load_policy(const std::vector<std::string>& files,
                                                          config::Problems& problems,
                                                          config::Problems* warnings = nullptr,
                                                          const policy::Support& support = {});

}  // namespace sallyport::broker
