#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "tools/cli/help.h"

namespace sallyport::cli {
namespace {

// Values that name files or folders are completed by the shell itself.
bool is_path(std::string_view value) { return value == "FILE" || value == "DIR" || value == "URL"; }

std::string words_case(const Command& command) {
  std::vector<std::string> words;
  for (const Option& option : command.options) words.push_back("--" + option.name);
  words.emplace_back("--help");
  return fmt::format("    '{}') words='{}' ;;\n", command.name, fmt::join(words, " "));
}

}  // namespace

std::string bash_completion(const CommandTable& table) {
  std::vector<std::string> firsts;
  std::set<std::string> choices;
  std::set<std::string> paths;
  for (const Command& command : table.commands) {
    std::string first = command.name.substr(0, command.name.find(' '));
    if (std::ranges::find(firsts, first) == firsts.end()) firsts.push_back(first);
    for (const Option& option : command.options) {
      if (!option.choices.empty())
        choices.insert(fmt::format("    '{} --{}') words='{}' ;;\n", command.name, option.name,
                                   fmt::join(option.choices, " ")));
      if (is_path(option.value)) paths.insert("--" + option.name);
    }
  }
  std::string groups;
  for (const Group& group : table.groups) {
    std::vector<std::string> seconds;
    for (const Command* command : table.members(group.name))
      seconds.push_back(command->name.substr(group.name.size() + 1));
    groups += fmt::format("    '{}') words='{} --help' ;;\n", group.name, fmt::join(seconds, " "));
  }
  std::string commands;
  for (const Command& command : table.commands) commands += words_case(command);
  std::string chosen;
  for (const std::string& line : choices) chosen += line;

  std::string out =
      "# bash completion for sallyport; use: source <(sallyport completion bash)\n"
      "_sallyport() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local command=\"${COMP_WORDS[1]}\" words=''\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  out += fmt::format("    words='{} --help --version'\n", fmt::join(firsts, " "));
  out +=
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "    return\n"
      "  fi\n"
      "  case \"$command\" in\n";
  std::vector<std::string> names;
  for (const Group& group : table.groups) names.push_back(group.name);
  out += fmt::format(
      "    {}) [ \"$COMP_CWORD\" -gt 2 ] && command=\"$command ${{COMP_WORDS[2]}}\" ;;\n",
      fmt::join(names, "|"));
  out += "  esac\n  case \"$previous\" in\n";
  out += fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return ;;\n",
                     fmt::join(paths, "|"));
  out += "  esac\n  case \"$command\" in\n" + groups + commands + "  esac\n";
  out += "  case \"$command $previous\" in\n" + chosen + "  esac\n";
  out +=
      "  if [[ \"$current\" == -* || ( -n \"$words\" && \"$words\" != --* ) ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _sallyport sallyport\n";
  return out;
}

}  // namespace sallyport::cli
