// `check`: everything that `serve` would refuse at its start, without starting.
#include <fmt/format.h>

#include <ostream>

#include "tools/broker/startup.h"
#include "tools/cli/problems.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

int check(const Arguments& arguments, Io& io) {
  std::string file = arguments.text("config");
  config::Problems problems;
  config::Problems warnings;
  auto loaded = broker::load(file, problems, &warnings);
  if (loaded) broker::check_keys(*loaded, problems);
  bool usable = loaded.has_value() && problems.empty();
  if (!usable || arguments.has("json")) cli::print_problems(io, problems, arguments.has("json"));
  if (!arguments.has("json")) cli::print_warnings(io, warnings);
  if (!usable) return cli::kUsage;
  if (!arguments.has("json"))
    io.out << fmt::format("{}: usable: {} listeners, {} issuers, {} targets, {} roles, {} rules\n",
                          cli::printable_line(file), loaded->config->listeners.size(),
                          loaded->config->issuers.size(), loaded->config->targets.size(),
                          loaded->policy->role_count(), loaded->policy->rule_count());
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> check_commands() {
  return {{"check",
           "Check configuration and policy and print every problem with its place",
           "Prints file:line:col: message for each problem; exit status 2 when there is any.",
           {},
           {{"config", "FILE", "the configuration", true},
            {"json", "", "print the problems as a JSON array"}},
           "sallyport check --config sallyport.yaml",
           check}};
}

}  // namespace sallyport::commands
