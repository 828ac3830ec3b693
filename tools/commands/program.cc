// What the program says of itself: its version, its completion script and its man page.
#include <fmt/format.h>

#include <ostream>

#include "core/json_writer.h"
#include "tools/broker/versions.h"
#include "tools/cli/help.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

int version(const Arguments& arguments, Io& io) {
  auto libraries = broker::library_versions();
  if (arguments.has("json")) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().text("sallyport", broker::program_version()).begin_object("libraries");
    for (const auto& [name, number] : libraries) json.text(name, number);
    json.end_object().end_object();
    io.out << out << '\n';
    return cli::kDone;
  }
  io.out << "sallyport " << broker::program_version() << '\n';
  for (const auto& [name, number] : libraries) io.out << "  " << name << ' ' << number << '\n';
  return cli::kDone;
}

int completion(const Arguments& arguments, Io& io) {
  if (arguments.text("SHELL") != "bash")
    return cli::fail(io, cli::kUsage, "completion: only bash is known; use 'completion bash'");
  io.out << cli::bash_completion(command_table());
  return cli::kDone;
}

int man(const Arguments&, Io& io) {
  io.out << cli::man_page(command_table());
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> program_commands() {
  return {
      {"version",
       "Print the versions of the program and of its libraries",
       "",
       {},
       {{"json", "", "print one JSON object"}},
       "sallyport version --json",
       version},
      {"completion",
       "Print a completion script for the shell",
       "",
       {{"SHELL", "bash"}},
       {},
       "source <(sallyport completion bash)",
       completion},
      {"man", "Print the manual page in roff", "", {}, {}, "sallyport man | man -l -", man},
  };
}

}  // namespace sallyport::commands
