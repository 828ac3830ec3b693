#include "protocols/postgres/sql/text_cache.h"

#include <algorithm>

#include "protocols/postgres/sql/commands.h"

namespace sallyport::postgres::sql {
namespace {

bool means_the_same_later(const Reading& reading) {
  return std::all_of(
      reading.statements.begin(), reading.statements.end(),
      [](const Statement& each) { return each.changes.empty() && !each.uses_state; });
}

}  // namespace

std::shared_ptr<ReadText> read_text(std::string_view text, const Catalog& catalog,
                                    const SessionState& state, const ReadOptions& options) {
  auto made = std::make_shared<ReadText>();
  made->text = text;
  made->reading = read_sql(made->text, catalog, state, options);
  made->commands = commands_of(made->reading, made->text);
  return made;
}

std::shared_ptr<const ReadText> TextCache::read(std::string_view text,
                                                const std::shared_ptr<const Catalog>& catalog,
                                                const SessionState& state,
                                                const ReadOptions& options) {
  if (catalog != catalog_) {
    clear();
    catalog_ = catalog;
  }
  // A session that is older than the catalog may have begun with another path.
  const bool usual = state.is_default() && state.search_path() == catalog->search_path();
  if (usual) {
    if (const auto found = young_.find(text); found != young_.end()) return found->second;
    if (const auto found = old_.find(text); found != old_.end()) {
      std::shared_ptr<const ReadText> known = found->second;
      keep(known);
      return known;
    }
  }
  auto made = read_text(text, *catalog, state, options);
  if (usual && text.size() <= kCachedTextBytes && means_the_same_later(made->reading)) keep(made);
  return made;
}

void TextCache::keep(std::shared_ptr<const ReadText> text) {
  if (young_.size() >= kCachedTexts / 2) {
    old_ = std::move(young_);
    young_ = {};
  }
  const std::string_view key = text->text;
  young_.emplace(key, std::move(text));
}

void TextCache::clear() {
  young_.clear();
  old_.clear();
}

}  // namespace sallyport::postgres::sql
