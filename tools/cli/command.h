// What a subcommand is: declared once, as a value. The parser, --help, the completion script and
// the man page are all made from the same list of these, so none can disagree with another.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

// Exit statuses (INTERFACE section 1).
inline constexpr int kDone = 0;
inline constexpr int kDoesNotHold =
    1;                            // the thing checked does not hold, or the request was refused
inline constexpr int kUsage = 2;  // wrong usage or an unusable configuration

struct Option {
  std::string name;   // without dashes: "config"
  std::string value;  // what stands for the value in help, e.g. "FILE"; empty: a flag
  std::string help;
  bool required = false;
  bool repeatable = false;
  std::vector<std::string> choices;  // the only values allowed; empty: any
};

struct Positional {
  std::string name;  // "DIR"
  std::string help;
  bool required = true;
  bool repeatable = false;
};

// The words a command was called with, already checked against its declaration.
class Arguments {
 public:
  void add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }
  bool has(const std::string& name) const { return values_.contains(name); }
  // The last value given.
  std::string text(const std::string& name, std::string fallback = {}) const;
  std::vector<std::string> all(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// Where a command reads and prints: streams of the process, or of a test.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// One line on standard error that names the object and what to do; returns the status given.
int fail(Io& io, int status, std::string_view message);

struct Command {
  std::string name;  // "init", or a group and a word: "sessions list"
  std::string summary;
  std::string details;  // more sentences for --help and the man page; may be empty
  std::vector<Positional> positionals;
  std::vector<Option> options;
  std::string example;
  int (*run)(const Arguments&, Io&);
};

// A first word that several commands share, with its own summary.
struct Group {
  std::string name;
  std::string summary;
};

struct CommandTable {
  std::vector<Group> groups;
  std::vector<Command> commands;  // in the order of help

  const Command* find(std::string_view name) const;
  const Group* find_group(std::string_view name) const;
  // The commands of one group, in order.
  std::vector<const Command*> members(std::string_view group) const;
};

}  // namespace sallyport::cli
