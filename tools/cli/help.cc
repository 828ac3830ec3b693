#include "tools/cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sallyport::cli {
namespace {

constexpr std::size_t kWidth = 80;

std::string wrap(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  width = std::min<std::size_t>(width, 28);
  std::string out;
  for (const auto& [left, right] : rows) {
    out += "  " + left;
    if (left.size() > width) {
      out += '\n' + std::string(width + 4, ' ');
    } else {
      out.append(width - left.size() + 2, ' ');
    }
    out += wrap(right, width + 4) + '\n';
  }
  return out;
}

std::string option_form(const Option& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string option_text(const Option& option) {
  std::string out = option.help;
  if (!option.choices.empty()) out += fmt::format(" ({})", fmt::join(option.choices, ", "));
  if (option.required) out += "; required";
  if (option.repeatable) out += "; may be repeated";
  return out;
}

}  // namespace

std::string synopsis(const Command& command) {
  std::string out = "sallyport " + command.name;
  for (const Positional& p : command.positionals) {
    std::string name = p.name + (p.repeatable ? "..." : "");
    out += p.required ? " " + name : " [" + name + "]";
  }
  for (const Option& o : command.options) {
    std::string form = option_form(o);
    out += o.required ? " " + form : " [" + form + "]";
    if (o.repeatable) out += "...";
  }
  return out;
}

std::string command_help(const Command& command) {
  std::string out =
      "Usage: " + wrap(synopsis(command), 7) + "\n\n" + wrap(command.summary, 0) + ".\n";
  if (!command.details.empty()) out += '\n' + wrap(command.details, 0) + '\n';
  if (!command.positionals.empty()) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Positional& p : command.positionals) rows.emplace_back(p.name, p.help);
    out += "\nArguments:\n" + two_columns(rows);
  }
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& o : command.options) rows.emplace_back(option_form(o), option_text(o));
  rows.emplace_back("--help", "print this and exit");
  out += "\nOptions:\n" + two_columns(rows);
  out += "\nExample:\n  " + command.example + '\n';
  return out;
}

std::string group_help(const CommandTable& table, const std::string& group) {
  std::string out = "Usage: sallyport " + group + " COMMAND [OPTION...]\n\n";
  if (const Group* g = table.find_group(group)) out += wrap(g->summary, 0) + ".\n";
  std::vector<std::pair<std::string, std::string>> rows;
  std::string example;
  for (const Command* command : table.members(group)) {
    rows.emplace_back(command->name.substr(group.size() + 1), command->summary);
    if (example.empty()) example = command->example;
  }
  out += "\nCommands:\n" + two_columns(rows) + "\nExample:\n  " + example + '\n';
  return out;
}

std::string program_help(const CommandTable& table) {
  std::string out =
      "Usage: sallyport COMMAND [OPTION...]\n\n"
      "Sallyport stands between AI agents and what they reach: it says who acts, decides\n"
      "each command by policy, records it before it is sent, and can prove the record.\n\n"
      "Commands:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : table.commands) rows.emplace_back(command.name, command.summary);
  out += two_columns(rows);
  out +=
      "\nOptions:\n"
      "  --version  print the versions of the program and of its libraries\n"
      "  --help     print this; after a command, its own help\n"
      "\nExit status: 0 done; 1 the thing checked does not hold, or the request was refused;\n"
      "2 wrong usage or an unusable configuration.\n"
      "\nExample:\n  sallyport init broker && sallyport serve --config broker/sallyport.yaml\n";
  return out;
}

}  // namespace sallyport::cli
