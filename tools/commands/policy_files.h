// Reads and compiles the policy files that commands name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/compile.h"
#include "tools/cli/command.h"

namespace sallyport::commands {

// A file that cannot be read is a problem of its own. Null when there is any problem.
std::shared_ptr<const policy::CompiledPolicy> load_policy(const std::vector<std::string>& files,
                                                          config::Problems& problems,
                                                          config::Problems* warnings = nullptr);

// Each on a line of standard error as "file:line:col: message"; with `json`, all as one array of
// {"file","line","column","message"} on standard output.
void print_problems(cli::Io& io, const config::Problems& problems, bool json);

}  // namespace sallyport::commands
