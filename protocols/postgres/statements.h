// The prepared statements and portals of one session, as the server has them: what a Bind or an
// Execute runs. A change counts for the messages behind it at once and is kept when the server has
// confirmed it; an error takes back what it did not confirm. What could stand for something else
// than was parsed, because SQL of its own prepares and closes under the same names, is not known.
// Pure.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/command.h"
#include "core/result.h"
#include "protocols/postgres/decoder.h"

namespace sallyport::postgres {

struct Statement {
  std::string text;
  bool readable = true;  // false: too large to be held
  // What the server has told of it since, or the agent with it: types of the parameters, and the
  // columns of the result. Empty: not known.
  mutable std::vector<std::uint32_t> types;
  mutable std::vector<OwnColumn> columns;
};
struct Portal {
  // Shared by the names and portals that stand for it.
  std::shared_ptr<const Statement> statement;  // null: not known
  std::string values;                          // JSON; empty: none
  std::optional<Digest> digest;                // of the values
  std::vector<std::uint16_t> result_formats;   // none, one for all columns, or one for each
  // The statement's, in the formats that this portal asks for.
  std::vector<OwnColumn> columns() const;
};

class Statements {
 public:
  std::shared_ptr<const Statement> statement(std::string_view name) const;  // null: not known
  std::shared_ptr<const Portal> portal(std::string_view name) const;

  // kLimit: too many, or too much text.
  Result<void> parse(std::string_view name, std::shared_ptr<const Statement> statement);
  Result<void> bind(std::string_view name, std::shared_ptr<const Portal> portal);
  void close(char kind, std::string_view name);

  // The oldest change that waits was confirmed; or all of them were taken back.
  void confirm();
  void take_back() { waiting_.clear(); }
  // The newest `count` changes, which were not sent.
  void drop_newest(std::size_t count);
  std::size_t waiting() const { return waiting_.size(); }

  // A transaction has ended: its portals are gone.
  void end_transaction();
  // A command was complete that may have changed names on its own.
  void note_tag(std::string_view tag);

 private:
  struct Change {
    char kind = 'S';  // or 'P'
    std::string name;
    std::shared_ptr<const Statement> statement;  // both null: closed
    std::shared_ptr<const Portal> portal;
  };
  const Change* newest(char kind, std::string_view name) const;
  void set_statement(const std::string& name, std::shared_ptr<const Statement> statement);

  std::unordered_map<std::string, std::shared_ptr<const Statement>> statements_;
  std::unordered_map<std::string, std::shared_ptr<const Portal>> portals_;
  std::size_t text_bytes_ = 0;
  std::deque<Change> waiting_;
};

}  // namespace sallyport::postgres
