// The protocol's words that the broker says to a target on its own: complete before any agent has
// said a word, so that they need no permit (Upstream::say). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sallyport::postgres {

// In the order of own_words().
enum class OwnWord : std::size_t {
  kTerminate,
  kSync,
  kFlush,
  kRollback,
  // What no server can parse: the broker makes the server itself fail where a refusal has to abort
  // a transaction, so that its state is always the server's own.
  kFailingParse,
  kFailingQuery,
  kCopyFail,
};

std::vector<std::string> own_words();

// The same for the connection by which the broker reads a target's catalog.
enum class CatalogWord : std::size_t { kAsk, kTerminate };
std::vector<std::string> catalog_words();

}  // namespace sallyport::postgres
