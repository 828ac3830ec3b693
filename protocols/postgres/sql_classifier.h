// What SQL texts do, judged by protocols/postgres/sql: the Classifier of real sessions. Keeps what
// earlier statements have changed of the session, and takes the pessimistic side where the server
// may have rolled a change back.
#pragma once

#include <optional>

#include "protocols/postgres/classifier.h"
#include "protocols/postgres/sql/catalog.h"
#include "protocols/postgres/sql/session_state.h"
#include "protocols/postgres/sql/text_cache.h"

namespace sallyport::postgres {

class SqlClassifier final : public Classifier {
 public:
  // The catalog is shared with the other sessions of the target, the cache with those of the
  // thread.
  SqlClassifier(std::shared_ptr<const sql::Catalog> catalog, std::shared_ptr<sql::TextCache> texts)
      : catalog_(std::move(catalog)), texts_(std::move(texts)) {}

  std::vector<Command> classify(std::string_view text) override;
  void settle(bool sent) override;
  void report(std::string_view name, std::string_view value) override;
  void undone() override;
  void committed() override { path_changed_ = false; }

 private:
  const std::shared_ptr<const sql::Catalog> catalog_;
  const std::shared_ptr<sql::TextCache> texts_;
  sql::SessionState state_;
  std::optional<sql::SessionState> later_;  // as the texts since the last settle() would leave it
  bool path_changed_ = false;               // in a transaction that may not be over
  bool path_changes_ = false;               // by these texts
};

// Sessions of targets whose catalog nobody has read: names are taken as they stand. One per thread.
class SqlClassifierSource final : public ClassifierSource {
 public:
  std::unique_ptr<Classifier> open(const Target& target) const override;

 private:
  const std::shared_ptr<const sql::Catalog> catalog_ = std::make_shared<const sql::Catalog>();
  const std::shared_ptr<sql::TextCache> texts_ = std::make_shared<sql::TextCache>();
};

}  // namespace sallyport::postgres
