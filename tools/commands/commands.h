// The subcommands of this version: each file of this folder declares its own, and the table lists
// them.
#pragma once

#include <vector>

#include "tools/cli/command.h"

namespace sallyport::commands {

std::vector<cli::Command> init_commands();
std::vector<cli::Command> serve_commands();
std::vector<cli::Command> check_commands();
std::vector<cli::Command> token_commands();
std::vector<cli::Command> token_exchange_commands();
std::vector<cli::Command> ca_commands();
std::vector<cli::Command> session_commands();
std::vector<cli::Command> live_session_commands();
std::vector<cli::Command> access_commands();
std::vector<cli::Command> replay_commands();
std::vector<cli::Command> audit_commands();
std::vector<cli::Command> secret_commands();
std::vector<cli::Command> policy_commands();
std::vector<cli::Command> policy_eval_commands();
std::vector<cli::Command> mask_commands();
std::vector<cli::Command> program_commands();

// All of them, in the order of help. Made once, on first use.
const cli::CommandTable& command_table();

}  // namespace sallyport::commands
