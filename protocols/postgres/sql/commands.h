// Statements in the words of the common event model: the one place that turns SQL's facts into
// Commands. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "protocols/postgres/sql/reader.h"

namespace sallyport::postgres::sql {

Command command_of(const StatementFacts& facts, std::string_view text);

// One for each statement of a text; one that is unknown for a text beyond a limit; one of kind
// "empty" for a text without statements. Nothing for a text that does not parse.
std::vector<Command> commands_of(const Reading& reading, std::string_view text);

// The unknown text as a whole.
Command unknown_command(std::string_view text, std::string_view why);

// What a StartupMessage asks for: `options` is read like the server does (-c name=value).
struct StartupFacts {
  Command command;
  std::vector<StateChange> changes;
};
StartupFacts startup_facts(const std::vector<std::pair<std::string, std::string>>& parameters);

// A FunctionCall message. Unknown by nature: only a rule that says so lets it pass.
Command function_call_command(std::string_view function);

}  // namespace sallyport::postgres::sql
