// A server's answer to the catalog query, off the wire: row after row of one text, up to
// ReadyForQuery. Bounded in rows and bytes, because the server is not trusted. Pure.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/identity/digest.h"
#include "protocols/postgres/decoder.h"
#include "protocols/postgres/sql/schema_file.h"

namespace sallyport::postgres {

class CatalogAnswer {
 public:
  // Says how many bytes of `unread` it took; what is left has to come again, with more behind it.
  // An error is final: the server's own (kUnavailable), kLimit, or kMalformed.
  Result<std::size_t> take(std::string_view unread);
  bool complete() const { return complete_; }

  // Of all rows.
  identity::Sha256 digest() const;
  // The work of a complete answer, up to seconds of it: for a thread that has the time. Null when
  // `go_on`, asked before each row, says no.
  std::shared_ptr<const sql::Catalog> build(const std::function<bool()>& go_on) const;
  // Definitions that were too large to be looked at; build() passes over more.
  std::size_t passed_over() const { return passed_over_; }

 private:
  Result<void> take(const MessageDecoder::Piece& piece);

  MessageDecoder decoder_{Direction::kBackend};
  std::vector<std::string> rows_;
  std::size_t bytes_ = 0;
  std::size_t passed_over_ = 0;
  bool complete_ = false;
};

}  // namespace sallyport::postgres
