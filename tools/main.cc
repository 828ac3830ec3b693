// The program `sallyport`: everything it does is a subcommand.
#include <iostream>

#include "tools/cli/parser.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  sallyport::cli::Io io{std::cin, std::cout, std::cerr};
  std::vector<std::string> words(argv + 1, argv + argc);
  return sallyport::cli::run(sallyport::commands::command_table(), std::move(words), io);
}
