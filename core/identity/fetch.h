// Fetches a small document over HTTPS for the broker itself: certificate and name verified, no
// redirects, one size limit, one deadline. Blocks: only on a thread made for it.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "core/result.h"

namespace sallyport::identity {

struct FetchRequest {
  std::string url;      // https, or http on a loopback address (the configuration saw to that)
  std::string ca_path;  // CA bundle; empty: the system's
  std::size_t most_bytes = 0;
  std::chrono::milliseconds deadline{0};
};

// The body of a 200 answer. Ends early, with kClosed, soon after `stop` becomes true.
Result<std::string> fetch(const FetchRequest& request, const std::atomic<bool>& stop);

}  // namespace sallyport::identity
