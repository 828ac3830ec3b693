#include <fmt/format.h>

#include "tools/cli/help.h"

namespace sallyport::cli {
namespace {

// Text for roff: backslashes and hyphens escaped, and no line that begins like a request.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

void append_command(std::string& out, const Command& command) {
  out += ".SS \"" + roff(command.name) + "\"\n";
  out += roff(synopsis(command)) + "\n.PP\n" + roff(command.summary) + ".\n";
  if (!command.details.empty()) out += roff(command.details) + '\n';
  for (const Positional& p : command.positionals)
    out += ".TP\n.I " + roff(p.name) + '\n' + roff(p.help) + '\n';
  for (const Option& o : command.options) {
    out += ".TP\n.B \\-\\-" + roff(o.name);
    if (!o.value.empty()) out += " \\fI" + roff(o.value) + "\\fR";
    out += '\n' + roff(o.help);
    for (std::size_t i = 0; i < o.choices.size(); ++i)
      out += (i == 0 ? ": " : ", ") + roff(o.choices[i]);
    if (o.required) out += "; required";
    if (o.repeatable) out += "; may be repeated";
    out += '\n';
  }
  out += ".PP\nExample:\n.PP\n.nf\n.RS\n" + roff(command.example) + "\n.RE\n.fi\n";
}

}  // namespace

std::string man_page(const CommandTable& table) {
  std::string out =
      ".TH SALLYPORT 1 \"\" \"Sallyport\" \"User Commands\"\n"
      ".SH NAME\nsallyport \\- access broker for AI agents\n"
      ".SH SYNOPSIS\n.B sallyport\n.I COMMAND\n.RI [ OPTION ...]\n"
      ".SH DESCRIPTION\n"
      "Sallyport stands between AI agents and what they reach: it says who acts, decides each\n"
      "command by policy, records it before it is sent, and can prove the record.\n"
      "Every command takes\n.B \\-\\-help\nand prints its options and an example.\n"
      ".SH COMMANDS\n";
  for (const Command& command : table.commands) append_command(out, command);
  out +=
      ".SH EXIT STATUS\n"
      ".TP\n.B 0\ndone\n"
      ".TP\n.B 1\nthe thing checked does not hold, or the request was refused\n"
      ".TP\n.B 2\nwrong usage or an unusable configuration\n"
      ".SH SIGNALS\nWhile\n.B sallyport serve\nruns: SIGTERM stops accepting and lets what is in\n"
      "flight finish, SIGINT stops at once, SIGHUP reads configuration, policy and keys again\n"
      "without ending a session.\n";
  return out;
}

}  // namespace sallyport::cli
