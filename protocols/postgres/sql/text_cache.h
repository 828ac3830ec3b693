// Texts that were read before, with their facts: agents and drivers repeat themselves. Holds only
// what means the same for every session in its fresh state, under one catalog. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/command.h"
#include "protocols/postgres/sql/reader.h"

namespace sallyport::postgres::sql {

// A text with what it does. `reading` views `text`.
struct ReadText {
  std::string text;
  Reading reading;
  std::vector<Command> commands;  // see commands_of
};

std::shared_ptr<ReadText> read_text(std::string_view text, const Catalog& catalog,
                                    const SessionState& state, const ReadOptions& options);

class TextCache {
 public:
  // Shared with sessions that still hold what they got when the cache forgets it. Forgets all when
  // the catalog is another one than before.
  std::shared_ptr<const ReadText> read(std::string_view text,
                                       const std::shared_ptr<const Catalog>& catalog,
                                       const SessionState& state, const ReadOptions& options = {});
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  // The keys view the texts.
  using Map = std::unordered_map<std::string_view, std::shared_ptr<const ReadText>>;
  void keep(std::shared_ptr<const ReadText> text);
  void clear();

  // What is found moves to the young; when they are full, they become the old and those go.
  std::shared_ptr<const Catalog> catalog_;  // shared with the sessions of its database
  Map young_;
  Map old_;
};

}  // namespace sallyport::postgres::sql
