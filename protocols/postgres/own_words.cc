#include "protocols/postgres/own_words.h"

#include "protocols/postgres/encoder.h"
#include "protocols/postgres/sql/schema_file.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

std::vector<std::string> own_words() {
  std::vector<std::string> words(7);
  const auto word = [&](OwnWord which) -> std::string& {
    return words[static_cast<std::size_t>(which)];
  };
  encode_bare(word(OwnWord::kTerminate), frontend::kTerminate);
  encode_bare(word(OwnWord::kSync), frontend::kSync);
  encode_bare(word(OwnWord::kFlush), frontend::kFlush);
  encode_query(word(OwnWord::kRollback), "ROLLBACK");
  // A name of its own, because an unnamed Parse forgets the unnamed statement first.
  encode_parse(word(OwnWord::kFailingParse), "sallyport", "sallyport refused a statement here");
  encode_query(word(OwnWord::kFailingQuery), "sallyport refused a statement here");
  encode_copy_fail(word(OwnWord::kCopyFail), "the broker ends this copy");
  return words;
}

std::vector<std::string> catalog_words() {
  std::vector<std::string> words(2);
  encode_query(words[static_cast<std::size_t>(CatalogWord::kAsk)], sql::catalog_query());
  encode_bare(words[static_cast<std::size_t>(CatalogWord::kTerminate)], frontend::kTerminate);
  return words;
}

}  // namespace sallyport::postgres
