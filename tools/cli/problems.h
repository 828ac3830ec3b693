// Problems of configuration and policy files, as commands print them.
#pragma once

#include "core/config/yaml.h"
#include "tools/cli/command.h"

namespace sallyport::cli {

// Each on a line of standard error as "file:line:col: message"; with `json`, all as one array of
// {"file","line","column","message"} on standard output.
void print_problems(Io& io, const config::Problems& problems, bool json);
// What is allowed and probably not meant.
void print_warnings(Io& io, const config::Problems& warnings);

}  // namespace sallyport::cli
