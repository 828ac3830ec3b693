#include "tools/commands/postgres_input.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "protocols/postgres/sql/commands.h"
#include "protocols/postgres/sql/reader.h"
#include "tools/cli/text.h"

namespace sallyport::commands {
namespace {

using Json = nlohmann::json;
namespace sql = postgres::sql;

// The messages of one session in their order, as if the server had carried out each.
class Steps {
 public:
  Steps(const sql::Catalog& catalog, DecodedInput& out) : catalog_(catalog), out_(out) {}

  // False once nothing more can be read.
  bool take(const Json& step) {
    struct Row {
      const char* name;
      bool (Steps::*take)(const Json&);
    };
    static constexpr Row kRows[] = {
        {"query", &Steps::query},       {"query_b64", &Steps::query_b64},
        {"parse", &Steps::parse},       {"bind", &Steps::bind},
        {"execute", &Steps::execute},   {"close", &Steps::close},
        {"describe", &Steps::describe}, {"fncall", &Steps::function_call},
        {"startup", &Steps::startup},   {"sync", &Steps::nothing},
        {"flush", &Steps::nothing},     {"copydata", &Steps::nothing},
        {"copydone", &Steps::nothing},  {"copyfail", &Steps::nothing},
    };
    bool good = step.is_object() && step.size() == 1;
    bool known = false;
    for (const Row& row : kRows) {
      if (!good || !step.contains(row.name)) continue;
      known = true;
      good = (this->*row.take)(step[row.name]);
    }
    if (!known && out_.parse_error.empty()) out_.parse_error = "no step that this command reads";
    if (known && !good && out_.parse_error.empty())
      out_.parse_error = fmt::format("step {} is not of the form its name wants", number_);
    if (!out_.parse_error.empty()) out_.parse_error_step = number_;
    ++number_;
    return out_.parse_error.empty();
  }

 private:
  void add(Command command) {
    out_.commands.push_back(std::move(command));
    out_.steps.push_back(number_);
  }

  bool nothing(const Json&) { return true; }

  bool query(const Json& value) {
    if (!value.is_string()) return false;
    return text(value.get_ref<const std::string&>(), nullptr);
  }

  bool query_b64(const Json& value) {
    std::string bytes;
    return value.is_string() && cli::decode_base64(value.get<std::string>(), bytes) &&
           text(bytes, nullptr);
  }

  // `facts` takes what the statements do together.
  bool text(const std::string& sql, std::shared_ptr<sql::StatementFacts>* facts) {
    sql::Reading reading = sql::read_sql(sql, catalog_, state_);
    if (!reading.unparsable.empty()) {
      out_.parse_error = reading.unparsable;
      return false;
    }
    for (Command& command : sql::commands_of(reading, sql)) add(std::move(command));
    if (facts) *facts = std::make_shared<sql::StatementFacts>();
    if (facts && !reading.beyond_limit.empty()) (*facts)->set_unknown(reading.beyond_limit);
    for (const sql::Statement& statement : reading.statements) {
      if (facts) (*facts)->add(statement.facts);
      // Parse prepares; what it prepares changes the session when it is executed.
      for (const sql::StateChange& change : statement.changes) state_.apply(change);
    }
    return true;
  }

  bool parse(const Json& value) {
    if (!is_texts(value, 2)) return false;
    std::shared_ptr<sql::StatementFacts> facts;
    if (!text(value[1].get<std::string>(), &facts)) return false;
    define(sql::StateChange::Kind::kPrepare, value[0].get<std::string>(), std::move(facts));
    return true;
  }

  // Unnamed ones are replaced, the others stay until they are closed.
  void define(sql::StateChange::Kind kind, const std::string& name,
              std::shared_ptr<const sql::StatementFacts> facts) {
    if (name.empty()) {
      (kind == sql::StateChange::Kind::kPrepare ? statement_ : portal_) = std::move(facts);
      return;
    }
    sql::StateChange change;
    change.kind = kind;
    change.name = name;
    change.facts = std::move(facts);
    state_.apply(change);
  }

  bool bind(const Json& value) {
    if (!value.is_array() || value.size() < 2 || !value[0].is_string() || !value[1].is_string())
      return false;
    const std::string name = value[1].get<std::string>();
    const auto facts = name.empty() ? statement_ : state_.prepared(name);
    if (!facts) return unjudged("bind", name);
    define(sql::StateChange::Kind::kCursor, value[0].get<std::string>(), facts);
    return true;
  }

  bool execute(const Json& value) {
    if (!value.is_array() || value.empty() || !value[0].is_string()) return false;
    const std::string name = value[0].get<std::string>();
    const auto facts = name.empty() ? portal_ : state_.cursor(name);
    if (!facts) return unjudged("execute", name);
    add(sql::command_of(*facts, "execute " + name));
    return true;
  }

  bool unjudged(std::string_view message, const std::string& name) {
    add(sql::unknown_command(fmt::format("{} {}", message, name), "unjudged"));
    return true;
  }

  bool close(const Json& value) {
    if (!is_texts(value, 2)) return false;
    const std::string name = value[1].get<std::string>();
    if (value[0] != "S") return true;
    if (name.empty()) {
      statement_ = nullptr;
      return true;
    }
    sql::StateChange change;
    change.kind = sql::StateChange::Kind::kDeallocate;
    change.name = name;
    state_.apply(change);
    return true;
  }

  bool describe(const Json& value) { return is_texts(value, 2); }

  bool function_call(const Json& value) {
    if (!value.is_array() || value.empty()) return false;
    const Json& function = value[0];
    if (!function.is_number_unsigned() && !function.is_string()) return false;
    add(sql::function_call_command(function.is_string() ? function.get<std::string>()
                                                        : function.dump()));
    return true;
  }

  bool startup(const Json& value) {
    if (!value.is_object()) return false;
    std::vector<std::pair<std::string, std::string>> parameters;
    for (const auto& [name, setting] : value.items()) {
      if (!setting.is_string()) return false;
      parameters.emplace_back(name, setting.get<std::string>());
    }
    sql::StartupFacts facts = sql::startup_facts(parameters);
    add(std::move(facts.command));
    for (const sql::StateChange& change : facts.changes) state_.apply(change);
    return true;
  }

  static bool is_texts(const Json& value, std::size_t count) {
    if (!value.is_array() || value.size() != count) return false;
    for (const Json& each : value)
      if (!each.is_string()) return false;
    return true;
  }

  const sql::Catalog& catalog_;
  DecodedInput& out_;
  sql::SessionState state_;
  // The unnamed ones; shared with what they were made from.
  std::shared_ptr<const sql::StatementFacts> statement_;
  std::shared_ptr<const sql::StatementFacts> portal_;
  std::size_t number_ = 0;
};

}  // namespace

DecodedInput decode_postgres(std::string_view input, const sql::Catalog& catalog) {
  DecodedInput out;
  const Json json = Json::parse(input, nullptr, false);
  Steps steps(catalog, out);
  if (json.is_string()) {
    steps.take(Json{{"query", json}});
  } else if (json.is_object() && json.contains("steps") && json["steps"].is_array()) {
    for (const Json& step : json["steps"])
      if (!steps.take(step)) break;
  } else {
    out.not_supported = "a PostgreSQL input is SQL text, or {\"steps\": [...]}";
  }
  return out;
}

}  // namespace sallyport::commands
