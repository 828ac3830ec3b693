#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

cli::CommandTable make_table() {
  cli::CommandTable table;
  table.groups = {
      {"token", "Make, check and exchange tokens"},
      {"ca", "What clients should trust"},
      {"access", "Who has access, and taking it away"},
      {"sessions", "Finished and live sessions"},
      {"audit", "The audit store"},
      {"secret", "Secrets sealed in the store"},
      {"policy", "Work on policy without a broker"},
  };
  for (auto part : {init_commands, serve_commands, check_commands, token_commands,
                    token_exchange_commands, ca_commands, session_commands, live_session_commands,
                    access_commands, replay_commands, audit_commands, secret_commands,
                    policy_commands, policy_eval_commands, mask_commands, program_commands})
    for (cli::Command& command : part()) table.commands.push_back(std::move(command));
  return table;
}

}  // namespace

const cli::CommandTable& command_table() {
  static const cli::CommandTable kTable = make_table();
  return kTable;
}

}  // namespace sallyport::commands
