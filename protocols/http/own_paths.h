// Answers the requests that are for the broker itself: the token exchange and the metadata that
// leads to it. Thread-safe: each call works on one exchange.
#pragma once

#include <string>

#include "core/protocol.h"
#include "protocols/http/exchange.h"
#include "protocols/http/own_urls.h"

namespace sallyport::http {

class OwnPaths {
 public:
  explicit OwnPaths(const Services& services) : services_(services) {}

  // For a route of which is_own_path() is true.
  net::Awaitable<void> answer(Exchange& exchange, RequestTarget target, Route route,
                              std::string base_domain) const;

 private:
  net::Awaitable<void> exchange_token(Exchange& exchange, std::string base,
                                      std::string base_domain) const;
  net::Awaitable<void> describe(Exchange& exchange, std::string base, std::string path) const;

  const Services& services_;
};

}  // namespace sallyport::http
