#include "protocols/postgres/sql/session_state.h"

#include "protocols/postgres/sql/limits.h"

namespace sallyport::postgres::sql {
namespace {

std::shared_ptr<const StatementFacts> find(
    const std::map<std::string, std::shared_ptr<const StatementFacts>, std::less<>>& map,
    std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

SessionState::SessionState(std::vector<std::string> path)
    : first_path_(std::move(path)), search_path_(first_path_) {}

void SessionState::begin_with(std::vector<std::string> path) {
  if (path_known_ && search_path_ == first_path_) search_path_ = path;
  first_path_ = std::move(path);
}

void SessionState::define(Map& map, const StateChange& change) {
  const auto found = map.find(change.name);
  if (found == map.end()) {
    // Beyond the limit a name is one that nobody judged.
    if (map.size() < kNamedStatements) map.emplace(change.name, change.facts);
    return;
  }
  if (found->second == change.facts) return;
  auto both = std::make_shared<StatementFacts>(*found->second);
  both->add(*change.facts);
  found->second = std::move(both);
}

void SessionState::apply(const StateChange& change) {
  switch (change.kind) {
    case StateChange::Kind::kPrepare:
      return define(prepared_, change);
    case StateChange::Kind::kCursor:
      return define(cursors_, change);
    case StateChange::Kind::kDeallocate:
      if (change.name.empty()) {
        prepared_.clear();
      } else {
        prepared_.erase(change.name);
      }
      return;
    case StateChange::Kind::kSearchPath:
      search_path_ = change.path;
      path_known_ = change.known;
      break;
    case StateChange::Kind::kEncoding:
      unreadable_ = "client_encoding";
      break;
    case StateChange::Kind::kStrings:
      unreadable_ = "standard_conforming_strings";
      break;
    case StateChange::Kind::kRole:
      return;
    case StateChange::Kind::kReset:
      // Back to what the session began with.
      search_path_ = first_path_;
      path_known_ = true;
      return;
    case StateChange::Kind::kMoved:
      moved_ = true;
      return;
  }
  default_ = false;
}

std::shared_ptr<const StatementFacts> SessionState::prepared(std::string_view name) const {
  return find(prepared_, name);
}

std::shared_ptr<const StatementFacts> SessionState::cursor(std::string_view name) const {
  return find(cursors_, name);
}

}  // namespace sallyport::postgres::sql
