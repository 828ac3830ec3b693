#include "protocols/postgres/statements.h"

#include "protocols/postgres/limits.h"

namespace sallyport::postgres {

std::vector<OwnColumn> Portal::columns() const {
  if (statement == nullptr) return {};
  std::vector<OwnColumn> out = statement->columns;
  const std::size_t formats = result_formats.size();
  for (std::size_t i = 0; i < out.size() && formats > 0; ++i)
    out[i].format = formats == 1 ? result_formats[0] : i < formats ? result_formats[i] : 0;
  return out;
}

const Statements::Change* Statements::newest(char kind, std::string_view name) const {
  for (auto it = waiting_.rbegin(); it != waiting_.rend(); ++it)
    if (it->kind == kind && it->name == name) return &*it;
  return nullptr;
}

std::shared_ptr<const Statement> Statements::statement(std::string_view name) const {
  if (const Change* change = newest('S', name)) return change->statement;
  const auto found = statements_.find(std::string(name));
  return found == statements_.end() ? nullptr : found->second;
}

std::shared_ptr<const Portal> Statements::portal(std::string_view name) const {
  if (const Change* change = newest('P', name)) return change->portal;
  const auto found = portals_.find(std::string(name));
  return found == portals_.end() ? nullptr : found->second;
}

Result<void> Statements::parse(std::string_view name, std::shared_ptr<const Statement> statement) {
  if (statements_.size() + waiting_.size() >= kNamedStatements ||
      text_bytes_ + statement->text.size() > kStatementTexts)
    return Error{ErrorCode::kLimit, "too many prepared statements: close some"};
  waiting_.push_back({'S', std::string(name), std::move(statement), nullptr});
  return {};
}

Result<void> Statements::bind(std::string_view name, std::shared_ptr<const Portal> portal) {
  if (portals_.size() + waiting_.size() >= kNamedStatements)
    return Error{ErrorCode::kLimit, "too many portals: close some"};
  waiting_.push_back({'P', std::string(name), nullptr, std::move(portal)});
  return {};
}

void Statements::close(char kind, std::string_view name) {
  waiting_.push_back({kind, std::string(name), nullptr, nullptr});
}

void Statements::set_statement(const std::string& name,
                               std::shared_ptr<const Statement> statement) {
  if (const auto old = statements_.find(name); old != statements_.end()) {
    text_bytes_ -= old->second->text.size();
    statements_.erase(old);
  }
  if (statement == nullptr) return;
  text_bytes_ += statement->text.size();
  statements_[name] = std::move(statement);
}

void Statements::confirm() {
  if (waiting_.empty()) return;
  Change change = std::move(waiting_.front());
  waiting_.pop_front();
  if (change.kind == 'S') {
    set_statement(change.name, std::move(change.statement));
  } else if (change.portal != nullptr) {
    portals_[change.name] = std::move(change.portal);
  } else {
    portals_.erase(change.name);
  }
}

void Statements::drop_newest(std::size_t count) {
  for (; count > 0 && !waiting_.empty(); --count) waiting_.pop_back();
}

void Statements::end_transaction() { portals_.clear(); }

void Statements::note_tag(std::string_view tag) {
  if (tag == "PREPARE" || tag == "DISCARD ALL") {
    statements_.clear();
    text_bytes_ = 0;
  }
  if (tag == "DECLARE CURSOR" || tag == "DISCARD ALL") portals_.clear();
}

}  // namespace sallyport::postgres
