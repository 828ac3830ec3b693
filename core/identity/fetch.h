// Fetches a small document over HTTPS for the broker itself: certificate and name verified, no
// redirects, one size limit, one deadline. Blocks: only on a thread made for it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "core/net/address_scope.h"
#include "core/result.h"

namespace sallyport::identity {

struct FetchRequest {
  std::string url;      // https, or http on a loopback address (core/config/provider_url.h)
  std::string ca_path;  // CA bundle; empty: the system's
  std::size_t most_bytes = 0;
  std::chrono::milliseconds deadline{0};
  // When set, only a global address is connected to, or one of this scope: for a URL that somebody
  // else's document named. Judged after the name's resolution, on each address that is tried.
  std::optional<net::AddressScope> besides_global;
};

struct Fetched {
  std::string body;
  std::optional<std::chrono::seconds> fresh_for;  // when the answer says so
  net::AddressScope peer = net::AddressScope::kOther;
};

// The body of a 200 answer. kNotFound: the answer was 404. kDenied: the name leads to addresses
// that are not to be connected to. Ends early, with kClosed, soon after `stop` becomes true.
Result<Fetched> fetch(const FetchRequest& request, const std::atomic<bool>& stop);

}  // namespace sallyport::identity
