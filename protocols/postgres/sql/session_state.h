// What earlier statements left behind, as far as it decides what later text means: names of
// prepared statements and cursors, the search path, and settings under which our parser would read
// another language than the server. One per upstream connection, owned by its session; one thread.
// Statements of a unit are judged before any of them runs, so changes are seen through `Pending`
// first and applied when the server has confirmed them. Pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/sql/facts.h"

namespace sallyport::postgres::sql {

class SessionState {
 public:
  // `path` is where a fresh session finds bare names.
  explicit SessionState(std::vector<std::string> path = {"public"});

  // Takes over what a statement changed. A name that is defined again keeps both meanings until it
  // is deallocated: the server may have refused the second.
  void apply(const StateChange& change);

  // A session that began before anybody knew where: as if it had begun with this.
  void begin_with(std::vector<std::string> path);
  // The transaction is over: others see what it has defined.
  void settled() { moved_ = false; }

  // Null when nobody has judged the name.
  std::shared_ptr<const StatementFacts> prepared(std::string_view name) const;
  std::shared_ptr<const StatementFacts> cursor(std::string_view name) const;
  const std::vector<std::string>& search_path() const { return search_path_; }
  const std::vector<std::string>& first_path() const { return first_path_; }
  bool search_path_known() const { return path_known_; }
  // Why no text can be judged any more; empty when it can.
  std::string_view unreadable() const { return unreadable_; }
  // True while texts mean what they mean in a fresh session.
  bool is_default() const { return default_ && !moved_; }
  bool moved() const { return moved_; }

 private:
  using Map = std::map<std::string, std::shared_ptr<const StatementFacts>, std::less<>>;
  static void define(Map& map, const StateChange& change);

  Map prepared_;  // shared with the cache of texts
  Map cursors_;
  std::vector<std::string> first_path_;
  std::vector<std::string> search_path_;
  bool path_known_ = true;
  std::string_view unreadable_;
  bool default_ = true;
  bool moved_ = false;
};

}  // namespace sallyport::postgres::sql
