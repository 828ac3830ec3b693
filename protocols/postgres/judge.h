// What one session's units are judged with: its classifier, the catalog that names resolve against,
// and the threads that read what takes long. Used on the session's thread.
#pragma once

#include <memory>

#include "protocols/postgres/catalog_keeper.h"
#include "protocols/postgres/conversation.h"

namespace sallyport::postgres {

// What the sessions of a service share.
struct Readers {
  CatalogKeeper& catalogs;
  net::WorkerPool& workers;
  const Clock& clock;
};

class Judge {
 public:
  Judge(const Readers& readers, std::shared_ptr<Session> session,
        std::shared_ptr<LiveCatalog> catalog, std::unique_ptr<Classifier> classifier)
      : readers_(readers),
        session_(std::move(session)),
        catalog_(std::move(catalog)),
        classifier_(std::move(classifier)) {}

  Classifier& classifier() { return *classifier_; }

  // The conversation's unit can be planned at once.
  bool ready(const Conversation& conversation) const;
  // Else it can be planned afterwards.
  net::Awaitable<void> prepare(const Conversation& conversation);

 private:
  const Readers& readers_;
  std::shared_ptr<Session> session_;      // shared with the registry
  std::shared_ptr<LiveCatalog> catalog_;  // shared with the other sessions in its database
  std::unique_ptr<Classifier> classifier_;
};

}  // namespace sallyport::postgres
