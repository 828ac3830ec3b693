// The three renderings of the command table: --help, the man page and the bash completion. Pure.
#pragma once

#include <string>

#include "tools/cli/command.h"

namespace sallyport::cli {

std::string program_help(const CommandTable& table);
std::string group_help(const CommandTable& table, const std::string& group);
std::string command_help(const Command& command);

// "sallyport sessions show ID [--json]": the one-line form of a command.
std::string synopsis(const Command& command);

std::string man_page(const CommandTable& table);         // roff, section 1
std::string bash_completion(const CommandTable& table);  // a script for `source`

}  // namespace sallyport::cli
