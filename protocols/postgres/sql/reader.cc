#include "protocols/postgres/sql/reader.h"

#include <fmt/format.h>

#include <optional>

#include "protocols/postgres/sql/parser.h"
#include "protocols/postgres/sql/precheck.h"
#include "protocols/postgres/sql/walker.h"

namespace sallyport::postgres::sql {
namespace {

class Tree {
 public:
  explicit Tree(const std::string& text) { sallyport_sql_parse(text.c_str(), &tree_); }
  ~Tree() { sallyport_sql_free(&tree_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::string_view error() const { return tree_.message; }
  int position() const { return tree_.position; }
  Items statements() const { return Items(as<List>(tree_.statements)); }

 private:
  sallyport_sql_tree tree_;
};

// A statement's own part, without the blanks and comments before it being cut: they are what was
// sent.
std::string_view slice(std::string_view text, const RawStmt& raw) {
  const auto begin = static_cast<std::size_t>(raw.stmt_location < 0 ? 0 : raw.stmt_location);
  if (begin > text.size()) return text;
  std::string_view part = text.substr(begin);
  if (raw.stmt_len > 0) part = part.substr(0, static_cast<std::size_t>(raw.stmt_len));
  while (!part.empty() &&
         std::string_view(" \t\r\n\f").find(part.front()) != std::string_view::npos)
    part.remove_prefix(1);
  return part;
}

}  // namespace

Reading read_sql(const std::string& text, const Catalog& catalog, const SessionState& state,
                 const ReadOptions& options) {
  Reading reading;
  if (!state.unreadable().empty()) {
    reading.beyond_limit = fmt::format("{} was changed", state.unreadable());
    return reading;
  }
  if (const std::string_view wrong = precheck(text, options.text_bytes); !wrong.empty()) {
    reading.beyond_limit = wrong;
    return reading;
  }
  if (!is_server_text(text)) {
    reading.unparsable = "the text is not UTF-8";
    return reading;
  }
  const Tree tree(text);
  if (!tree.error().empty()) {
    reading.unparsable = tree.error();
    return reading;
  }
  reading.statements.reserve(tree.statements().size());
  std::optional<SessionState> later;
  for (const void* item : tree.statements()) {
    const RawStmt& raw = *as<RawStmt>(item);
    const SessionState& before = later ? *later : state;
    Statement& statement = reading.statements.emplace_back();
    statement.text = slice(text, raw);
    if (!before.unreadable().empty()) {
      statement.facts.set_unknown(before.unreadable());
      continue;
    }
    Walker walker(catalog, before, kWalkSteps + kWalkStepsPerByte * statement.text.size());
    walker.set_harmless(&options.harmless);
    walker.statement(raw.stmt);
    statement.changes = std::move(walker.changes());
    statement.uses_state = walker.uses_state();
    statement.facts = walker.facts();
    if (statement.changes.empty()) continue;
    if (!later) later = state;
    for (const StateChange& change : statement.changes) later->apply(change);
  }
  return reading;
}

Result<void> check_parser() {
  const char* wrong = sallyport_sql_self_test();
  if (!wrong) return {};
  return Error{ErrorCode::kInternal,
               fmt::format("libpg_query is not the one this program was built with: it reads "
                           "\"{}\" differently",
                           wrong)};
}

}  // namespace sallyport::postgres::sql
