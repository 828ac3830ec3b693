#include "protocols/postgres/sql_classifier.h"

#include <algorithm>

#include "protocols/postgres/sql/commands.h"
#include "protocols/postgres/sql/reader.h"
#include "protocols/postgres/sql/settings.h"
#include "protocols/postgres/target_settings.h"

namespace sallyport::postgres {
namespace {

// Definitions in a session's own schema of temporary tables are nobody else's.
bool is_temporary(const sql::StatementFacts& facts) {
  if (facts.tables.empty() || facts.actions.has(Action::kAdminister)) return false;
  for (std::string_view name : facts.writes)
    if (!name.starts_with("pg_temp.")) return false;
  return !facts.writes.empty();
}

// Code that nobody looks into may define as well.
bool defines(const sql::StatementFacts& facts) {
  if (facts.actions.has(Action::kUnknown) || facts.opaque.has("do") || facts.opaque.has("call"))
    return true;
  return facts.actions.has(Action::kDefine) && !is_temporary(facts);
}

sql::StateChange unknown_path() {
  sql::StateChange change;
  change.kind = sql::StateChange::Kind::kSearchPath;
  change.known = false;
  return change;
}

}  // namespace

// What one unit's statements do, read on another thread under copies of all that they are read
// with. `facts` is written by the job, and read when the session knows that it is over.
struct SqlClassifier::Ahead {
  std::vector<std::shared_ptr<const Statement>> statements;
  std::shared_ptr<const sql::Catalog> catalog;
  std::shared_ptr<const sql::ReadOptions> options;
  sql::SessionState state;
  std::vector<std::shared_ptr<const sql::ReadText>> facts;
  std::size_t taken = 0;
  bool outdated = false;  // the session is in another state since

  void read();
};

void SqlClassifier::Ahead::read() {
  const Statement* last = nullptr;
  for (const auto& statement : statements) {
    const bool again = statement.get() == last;
    last = statement.get();
    if (again) {
      facts.push_back(facts.back());
      continue;
    }
    auto text = sql::read_text(statement->text, *catalog, state, *options);
    for (const sql::Statement& each : text->reading.statements)
      for (const sql::StateChange& change : each.changes) {
        state.apply(change);
        last = nullptr;
      }
    facts.push_back(std::move(text));
  }
}

SqlClassifier::SqlClassifier(std::shared_ptr<LiveCatalog> live,
                             std::shared_ptr<sql::TextCache> texts,
                             std::shared_ptr<const sql::ReadOptions> options)
    : live_(std::move(live)), texts_(std::move(texts)), options_(std::move(options)) {
  look_up();
  catalog_.reset();
}

// A session finds bare names where it did when it began. When a new one would find them elsewhere,
// a schema of the user's own may have come or gone, and then so does this one: nobody knows.
void SqlClassifier::look_up() {
  if (catalog_) return;
  const bool told = live_->version() > 0;
  catalog_ = live_->get();
  if (!told || (path_told_ && state_.first_path() == catalog_->search_path())) return;
  state_.begin_with(catalog_->search_path());
  if (std::exchange(path_told_, true)) state_.apply(unknown_path());
}

std::function<void()> SqlClassifier::read_ahead(
    std::vector<std::shared_ptr<const Statement>> statements) {
  look_up();
  ahead_ = std::make_shared<Ahead>(Ahead{std::move(statements), catalog_, options_, state_, {}});
  return [weak = std::weak_ptr(ahead_)] {
    if (const auto ahead = weak.lock()) ahead->read();
  };
}

// Null: it was not read, or under another state than the session is in now.
std::shared_ptr<const sql::ReadText> SqlClassifier::take_ahead(std::string_view text) {
  Ahead& ahead = *ahead_;
  const std::size_t at = ahead.taken++;
  if (ahead.outdated || at >= ahead.facts.size()) return nullptr;
  return ahead.statements[at]->text.data() == text.data() ? ahead.facts[at] : nullptr;
}

std::shared_ptr<const sql::ReadText> SqlClassifier::read(std::string_view text) {
  if (ahead_) return take_ahead(text);
  look_up();
  return texts_->read(text, catalog_, later_ ? *later_ : state_, *options_);
}

std::vector<Command> SqlClassifier::classify(std::string_view text) {
  std::vector<Command> commands;
  const auto read = this->read(text);
  if (!read) {
    defines_ = true;
    commands.push_back(sql::unknown_command(text, "unread"));
    return commands;
  }
  commands = read->commands;
  if (commands.empty()) commands.push_back(sql::unknown_command(text, read->reading.unparsable));
  for (const sql::Statement& statement : read->reading.statements) {
    defines_ = defines_ || defines(statement.facts);
    for (const sql::StateChange& each : statement.changes) change(each);
  }
  return commands;
}

void SqlClassifier::change(const sql::StateChange& change) {
  if (!later_) later_ = state_;
  later_->apply(change);
  if (change.kind == sql::StateChange::Kind::kSearchPath ||
      change.kind == sql::StateChange::Kind::kReset)
    path_changes_ = true;
}

Command SqlClassifier::function_call(std::uint32_t function) {
  look_up();
  const std::string_view known = catalog_->function_numbered(function);
  const std::string name = known.empty() ? std::to_string(function) : std::string(known);
  defines_ = defines_ || !known.starts_with("pg_catalog.");
  if (known.empty() || known == "pg_catalog.set_config") change(unknown_path());
  return sql::function_call_command(name);
}

void SqlClassifier::settle(bool sent) {
  if (sent && later_) state_ = std::move(*later_);
  path_changed_ = path_changed_ || (sent && path_changes_);
  defined_ = defined_ || (sent && defines_);
  later_.reset();
  ahead_.reset();
  catalog_.reset();
  path_changes_ = defines_ = false;
}

// The server says what is in force (PostgreSQL §55.2.6): its word counts, whoever changed it.
void SqlClassifier::report(std::string_view name, std::string_view value) {
  const std::string setting = sql::setting_name(name);
  if (setting != "client_encoding" && setting != "standard_conforming_strings") return;
  const std::string text(value);
  if (sql::is_harmless_change(setting, text)) return;
  for (const sql::StateChange& change : sql::changes_of_setting(setting, text))
    state_.apply(change);
  if (ahead_) ahead_->outdated = true;
}

void SqlClassifier::undone() {
  if (!path_changed_) return;
  state_.apply(unknown_path());
  if (ahead_) ahead_->outdated = true;
}

void SqlClassifier::committed() {
  path_changed_ = false;
  state_.settled();
  if (std::exchange(defined_, false)) live_->changed();
}

std::unique_ptr<Classifier> SqlClassifierSource::open(const Target& target,
                                                      std::shared_ptr<LiveCatalog> catalog) {
  std::erase_if(texts_, [](const Texts& one) { return one.catalog.expired(); });
  auto found = std::find_if(texts_.begin(), texts_.end(),
                            [&](const Texts& one) { return one.catalog.lock() == catalog; });
  if (found == texts_.end())
    found = texts_.insert(found, {catalog, std::make_shared<sql::TextCache>()});
  std::shared_ptr<const sql::ReadOptions> options(target.settings,
                                                  &postgres_settings(target).reading);
  return std::make_unique<SqlClassifier>(std::move(catalog), found->cache, std::move(options));
}

}  // namespace sallyport::postgres
