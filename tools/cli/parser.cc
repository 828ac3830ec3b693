#include "tools/cli/parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "core/config/yaml.h"
#include "tools/cli/help.h"

namespace sallyport::cli {
namespace {

// One subcommand as CLI11 sees it, with the places it writes to.
struct Binding {
  const Command* command = nullptr;  // null: a group
  std::string group;
  CLI::App* app = nullptr;
  bool help = false;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> flags;
  std::vector<std::string> words;  // what stood for positionals
};

std::string help_hint(const std::string& name) {
  return name.empty() ? "see 'sallyport --help'" : fmt::format("see 'sallyport {} --help'", name);
}

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

void bind(const Command& command, CLI::App& parent, Binding& binding) {
  std::size_t space = command.name.find(' ');
  std::string word = space == std::string::npos ? command.name : command.name.substr(space + 1);
  CLI::App* app = parent.add_subcommand(word);
  binding.command = &command;
  binding.app = app;
  app->set_help_flag();
  app->add_flag("-h,--help", binding.help);
  for (const Option& option : command.options) {
    if (option.value.empty()) {
      app->add_flag("--" + option.name, binding.flags[option.name]);
    } else {
      app->add_option("--" + option.name, binding.values[option.name])->allow_extra_args(false);
    }
  }
  // One list of words for all of them, given out afterwards: CLI11 would give the first one all.
  if (!command.positionals.empty()) app->add_option("WORDS", binding.words)->expected(1, 1 << 16);
}

// Gives the words to the positionals in their order; the word that is too many, if any.
std::optional<std::string> give_out_words(Binding& binding) {
  std::size_t next = 0;
  for (const Positional& positional : binding.command->positionals) {
    auto& given = binding.values[positional.name];
    while (next < binding.words.size() && (positional.repeatable || given.empty()))
      given.push_back(binding.words[next++]);
  }
  if (next == binding.words.size()) return std::nullopt;
  return fmt::format("{}: '{}' was not expected; {}", binding.command->name, binding.words[next],
                     help_hint(binding.command->name));
}

// What CLI11 cannot know: required after --help was ruled out, once only, and the choices.
std::optional<std::string> check(const Binding& binding) {
  const Command& command = *binding.command;
  for (const Positional& positional : command.positionals) {
    const auto& given = binding.values.at(positional.name);
    if (positional.required && given.empty())
      return fmt::format("{}: {} is missing; {}", command.name, positional.name,
                         help_hint(command.name));
  }
  for (const Option& option : command.options) {
    if (option.value.empty()) continue;
    const auto& given = binding.values.at(option.name);
    if (option.required && given.empty())
      return fmt::format("{}: --{} {} is missing; {}", command.name, option.name, option.value,
                         help_hint(command.name));
    if (!option.repeatable && given.size() > 1)
      return fmt::format("{}: --{} may be given once only", command.name, option.name);
    for (const std::string& value : given)
      if (!option.choices.empty() &&
          std::ranges::find(option.choices, value) == option.choices.end())
        return fmt::format("{}: --{} cannot be '{}': it is one of {}", command.name, option.name,
                           value, fmt::join(option.choices, ", "));
  }
  return std::nullopt;
}

Arguments collect(const Binding& binding) {
  Arguments out;
  for (const auto& [name, values] : binding.values)
    for (const std::string& value : values) out.add(name, value);
  for (const auto& [name, set] : binding.flags)
    if (set) out.add(name, "");
  return out;
}

// A word that is no command: the one that was probably meant.
UsageError unknown_command(const CommandTable& table, const std::string& group,
                           const std::string& word) {
  std::vector<std::string> known;
  for (const Command& command : table.commands) {
    if (group.empty()) known.push_back(first_word(command.name));
    if (!group.empty() && first_word(command.name) == group && command.name.size() > group.size())
      known.push_back(command.name.substr(group.size() + 1));
  }
  std::string name = group.empty() ? word : group + " " + word;
  std::string message = fmt::format("'{}' is not a command", name);
  if (auto meant = config::nearest(word, known)) message += fmt::format("; is '{}' meant?", *meant);
  return {message + "; " + help_hint(group)};
}

UsageError missing_command(const CommandTable& table, const std::string& group) {
  std::vector<std::string> known;
  for (const Command* command : table.members(group))
    known.push_back(command->name.substr(group.size() + 1));
  return {fmt::format("{}: name one of {}; {}", group, fmt::join(known, ", "), help_hint(group))};
}

UsageError explain(const CommandTable& table, const std::vector<std::string>& words,
                   const std::string& problem) {
  std::string word = words.empty() ? "" : words.front();
  if (word.starts_with("-")) return {problem + "; " + help_hint("")};
  bool group = table.find_group(word) != nullptr;
  if (!group && table.find(word) == nullptr) return unknown_command(table, "", word);
  std::string name = word;
  if (group && words.size() > 1 && !words[1].starts_with("-")) {
    if (table.find(word + " " + words[1]) == nullptr) return unknown_command(table, word, words[1]);
    name += " " + words[1];
  }
  return {name + ": " + problem + "; " + help_hint(name)};
}

}  // namespace

Parsed parse(const CommandTable& table, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  bool help = false;
  bool version = false;
  app.add_flag("-h,--help", help);
  app.add_flag("--version", version);
  // Their addresses are given to CLI11, so the vector never grows afterwards.
  std::vector<Binding> bindings(table.groups.size() + table.commands.size());
  std::map<std::string, CLI::App*> groups;
  std::size_t next = 0;
  for (const Group& group : table.groups) {
    Binding& binding = bindings[next++];
    binding.group = group.name;
    binding.app = app.add_subcommand(group.name);
    binding.app->set_help_flag();
    binding.app->add_flag("-h,--help", binding.help);
    groups[group.name] = binding.app;
  }
  for (const Command& command : table.commands) {
    auto group = groups.find(first_word(command.name));
    bind(command, group == groups.end() ? app : *group->second, bindings[next++]);
  }

  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Error& e) {
    return explain(table, words, e.what());
  }

  Binding* chosen = nullptr;  // the innermost that was named
  for (Binding& binding : bindings)
    if (binding.app->parsed() && (chosen == nullptr || binding.command != nullptr))
      chosen = &binding;
  if (chosen == nullptr) {
    if (help) return HelpRequest{};
    if (version) return Call{table.find("version"), {}};
    return UsageError{"name a command; 'sallyport --help' lists them"};
  }
  if (chosen->help || help) return HelpRequest{chosen->command, chosen->group};
  if (chosen->command == nullptr) return missing_command(table, chosen->group);
  if (auto problem = give_out_words(*chosen)) return UsageError{*problem};
  if (auto problem = check(*chosen)) return UsageError{*problem};
  return Call{chosen->command, collect(*chosen)};
}

int run(const CommandTable& table, std::vector<std::string> words, Io& io) {
  Parsed parsed = parse(table, std::move(words));
  if (auto* error = std::get_if<UsageError>(&parsed)) return fail(io, kUsage, error->message);
  if (auto* help = std::get_if<HelpRequest>(&parsed)) {
    if (help->command != nullptr) {
      io.out << command_help(*help->command);
    } else if (!help->group.empty()) {
      io.out << group_help(table, help->group);
    } else {
      io.out << program_help(table);
    }
    return kDone;
  }
  const Call& call = std::get<Call>(parsed);
  int status = kDone;
  try {
    status = call.command->run(call.arguments, io);
  } catch (const std::exception& e) {
    // Memory ran out, or a third-party throw that no wrapper caught: one line, not a core dump.
    return fail(io, kUsage, call.command->name + ": " + e.what());
  }
  io.out.flush();
  if (!io.out && status == kDone)
    return fail(io, kDoesNotHold, call.command->name + ": standard output cannot be written");
  return status;
}

}  // namespace sallyport::cli
