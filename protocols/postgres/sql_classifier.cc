#include "protocols/postgres/sql_classifier.h"

#include "protocols/postgres/sql/commands.h"
#include "protocols/postgres/sql/reader.h"
#include "protocols/postgres/sql/settings.h"

namespace sallyport::postgres {

std::vector<Command> SqlClassifier::classify(std::string_view text) {
  const auto read = texts_->read(text, *catalog_, later_ ? *later_ : state_);
  std::vector<Command> commands = read->commands;
  if (commands.empty()) commands.push_back(sql::unknown_command(text, read->reading.unparsable));
  for (const sql::Statement& statement : read->reading.statements) {
    for (const sql::StateChange& change : statement.changes) {
      if (!later_) later_ = state_;
      later_->apply(change);
      if (change.kind == sql::StateChange::Kind::kSearchPath ||
          change.kind == sql::StateChange::Kind::kReset)
        path_changes_ = true;
    }
  }
  return commands;
}

void SqlClassifier::settle(bool sent) {
  if (sent && later_) state_ = std::move(*later_);
  path_changed_ = path_changed_ || (sent && path_changes_);
  later_.reset();
  path_changes_ = false;
}

// The server says what is in force (PostgreSQL §55.2.6): its word counts, whoever changed it.
void SqlClassifier::report(std::string_view name, std::string_view value) {
  const std::string setting = sql::setting_name(name);
  if (setting != "client_encoding" && setting != "standard_conforming_strings") return;
  const std::string text(value);
  if (sql::is_harmless_change(setting, text)) return;
  for (const sql::StateChange& change : sql::changes_of_setting(setting, text))
    state_.apply(change);
}

void SqlClassifier::undone() {
  if (!path_changed_) return;
  sql::StateChange change;
  change.kind = sql::StateChange::Kind::kSearchPath;
  change.known = false;
  state_.apply(change);
}

std::unique_ptr<Classifier> SqlClassifierSource::open(const Target&) const {
  return std::make_unique<SqlClassifier>(catalog_, texts_);
}

}  // namespace sallyport::postgres
