// Reads a command line against the command table. The only place where CLI11 is used.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tools/cli/command.h"

namespace sallyport::cli {

struct Call {
  const Command* command = nullptr;
  Arguments arguments;
};

// Help was asked for: of one command, of a group's commands, or (both empty) of the program.
struct HelpRequest {
  const Command* command = nullptr;
  std::string group;
};

struct UsageError {
  std::string message;  // names the word at fault and what to do
};

using Parsed = std::variant<Call, HelpRequest, UsageError>;

// `words` without the program's name. The result borrows from the table.
Parsed parse(const CommandTable& table, std::vector<std::string> words);

// Parses, prints help where it was asked for, and runs the command. Returns the exit status.
int run(const CommandTable& table, std::vector<std::string> words, Io& io);

}  // namespace sallyport::cli
