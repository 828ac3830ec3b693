#include "protocols/postgres/sql/commands.h"

#include "protocols/postgres/sql/settings.h"

namespace sallyport::postgres::sql {
namespace {

struct FactRow {
  std::string_view name;
  Names StatementFacts::*values;
};

constexpr FactRow kFacts[] = {
    {"sql.statement", &StatementFacts::kinds},    {"sql.reads", &StatementFacts::reads},
    {"sql.writes", &StatementFacts::writes},      {"sql.computes", &StatementFacts::computes},
    {"sql.function", &StatementFacts::functions}, {"sql.where", &StatementFacts::where},
    {"sql.setting", &StatementFacts::settings},   {"sql.opaque", &StatementFacts::opaque},
};

constexpr FactRow kObjects[] = {
    {"table", &StatementFacts::tables},     {"function", &StatementFacts::notable},
    {"setting", &StatementFacts::settings}, {"file", &StatementFacts::files},
    {"program", &StatementFacts::programs},
};

// Parameters that select or describe and are no settings.
bool is_plain_parameter(std::string_view name) {
  return name == "user" || name == "database" || name.starts_with("_pq_.");
}

struct Option {
  std::string name;
  std::string value;
  bool good = true;
};

// Words between blanks; a backslash takes the next character as it is (PostgreSQL §55.2.1).
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      if (any) words.push_back(std::move(word));
      word.clear();
      any = false;
      continue;
    }
    any = true;
    word.push_back(c == '\\' && i + 1 < text.size() ? text[++i] : c);
  }
  if (any) words.push_back(std::move(word));
  return words;
}

// -c name=value, -cname=value, --name=value; every other switch of the server is not modelled.
std::vector<Option> options_of(std::string_view text) {
  std::vector<Option> options;
  const std::vector<std::string> words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (word == "-c" && i + 1 < words.size()) {
      word = words[++i];
    } else if (word.starts_with("--") || word.starts_with("-c")) {
      word.remove_prefix(2);
    } else {
      options.push_back({std::string(word), "", false});
      continue;
    }
    const std::size_t equals = word.find('=');
    Option option;
    option.name = word.substr(0, equals);
    option.good = equals != std::string_view::npos;
    if (option.good) option.value = word.substr(equals + 1);
    // The server takes - for _ here.
    for (char& c : option.name)
      if (c == '-') c = '_';
    options.push_back(std::move(option));
  }
  return options;
}

}  // namespace

Command command_of(const StatementFacts& facts, std::string_view text) {
  Command command;
  command.actions = facts.actions;
  command.text = text;
  std::size_t count = 0;
  for (const FactRow& row : kFacts) count += (facts.*row.values).size();
  command.attributes.reserve(count);
  for (const FactRow& row : kFacts)
    for (std::string_view value : facts.*row.values)
      command.attributes.push_back({std::string(row.name), std::string(value)});
  count = 0;
  for (const FactRow& row : kObjects) count += (facts.*row.values).size();
  command.objects.reserve(count);
  for (const FactRow& row : kObjects)
    for (std::string_view value : facts.*row.values)
      command.objects.push_back({std::string(row.name), std::string(value)});
  return command;
}

Command unknown_command(std::string_view text, std::string_view why) {
  StatementFacts facts;
  facts.set_unknown(why);
  return command_of(facts, text);
}

std::vector<Command> commands_of(const Reading& reading, std::string_view text) {
  std::vector<Command> commands;
  if (!reading.unparsable.empty()) return commands;
  if (!reading.beyond_limit.empty()) {
    commands.push_back(unknown_command(text, reading.beyond_limit));
    return commands;
  }
  commands.reserve(reading.statements.size());
  for (const Statement& statement : reading.statements)
    commands.push_back(command_of(statement.facts, statement.text));
  if (!commands.empty()) return commands;
  StatementFacts nothing;
  nothing.actions.add(Action::kRead);
  nothing.kinds.add("empty");
  commands.push_back(command_of(nothing, text));
  return commands;
}

StartupFacts startup_facts(const std::vector<std::pair<std::string, std::string>>& parameters) {
  StartupFacts out;
  StatementFacts facts;
  facts.kinds.add("startup");
  facts.actions.add(Action::kRead);
  std::string text = "startup";
  const auto setting = [&](std::string_view written, const std::string& value) {
    const std::string name = setting_name(written);
    facts.settings.add(name);
    if (is_harmless_change(name, value)) return;
    facts.actions.add(Action::kAdminister);
    for (StateChange& change : changes_of_setting(name, value))
      out.changes.push_back(std::move(change));
  };
  for (const auto& [name, value] : parameters) {
    text.append(" ").append(name).append("=").append(value);
    if (is_plain_parameter(name)) continue;
    if (name == "replication") {
      if (value != "false" && value != "off" && value != "no" && value != "0")
        facts.set_unknown("replication");
    } else if (name == "options") {
      for (const Option& option : options_of(value)) {
        setting(option.name, option.value);
        if (!option.good) facts.set_unknown("options");
      }
    } else {
      setting(name, value);
    }
  }
  out.command = command_of(facts, text);
  return out;
}

Command function_call_command(std::string_view function) {
  StatementFacts facts;
  facts.kinds.add("function call");
  facts.actions.add(Action::kExecute);
  facts.functions.add(function);
  facts.notable.add(function);
  facts.set_unknown("function_call");
  return command_of(facts, std::string("function call ") + std::string(function));
}

}  // namespace sallyport::postgres::sql
