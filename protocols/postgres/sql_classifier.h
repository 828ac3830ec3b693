// What SQL texts do, judged by protocols/postgres/sql: the Classifier of real sessions. Keeps what
// earlier statements have changed of the session, and takes the pessimistic side where the server
// may have rolled a change back. Names resolve against the target's catalog, which a session that
// defines something declares to be out of date.
#pragma once

#include <optional>

#include "protocols/postgres/classifier.h"
#include "protocols/postgres/sql/session_state.h"
#include "protocols/postgres/sql/text_cache.h"

namespace sallyport::postgres {

class SqlClassifier final : public Classifier {
 public:
  // The catalog is shared with the other sessions in its database; the cache with those of the
  // thread; the options with the target.
  SqlClassifier(std::shared_ptr<LiveCatalog> live, std::shared_ptr<sql::TextCache> texts,
                std::shared_ptr<const sql::ReadOptions> options);

  std::function<void()> read_ahead(
      std::vector<std::shared_ptr<const Statement>> statements) override;
  std::vector<Command> classify(std::string_view text) override;
  Command function_call(std::uint32_t function) override;
  void settle(bool sent) override;
  void report(std::string_view name, std::string_view value) override;
  void undone() override;
  void committed() override;

 private:
  struct Ahead;
  void look_up();
  std::shared_ptr<const sql::ReadText> read(std::string_view text);
  std::shared_ptr<const sql::ReadText> take_ahead(std::string_view text);
  void change(const sql::StateChange& change);

  const std::shared_ptr<LiveCatalog> live_;
  const std::shared_ptr<sql::TextCache> texts_;
  const std::shared_ptr<const sql::ReadOptions> options_;
  // Held for one unit at most: an idle session would keep what is out of date.
  std::shared_ptr<const sql::Catalog> catalog_;
  bool path_told_ = false;  // by a catalog
  sql::SessionState state_;
  std::optional<sql::SessionState> later_;  // as the texts since the last settle() would leave it
  std::shared_ptr<Ahead> ahead_;            // shared with the job that reads
  bool path_changed_ = false;               // in a transaction that may not be over
  bool path_changes_ = false;               // by these texts
  bool defined_ = false;                    // in this transaction
  bool defines_ = false;                    // by these texts
};

// The classifiers of one thread's sessions.
class SqlClassifierSource final : public ClassifierSource {
 public:
  std::unique_ptr<Classifier> open(const Target& target,
                                   std::shared_ptr<LiveCatalog> catalog) override;

 private:
  // Texts mean the same in one database of one version of a target.
  struct Texts {
    std::weak_ptr<LiveCatalog> catalog;
    std::shared_ptr<sql::TextCache> cache;  // shared with the sessions
  };
  std::vector<Texts> texts_;
};

}  // namespace sallyport::postgres
