// The Dialer that reaches endpoints from this machine, without a connector. Thread-safe: TLS
// contexts are made once per settings (and again when the CA file has changed) and shared by all
// threads.
#pragma once

#include <memory>

#include "core/upstream.h"

namespace sallyport {

class DirectDialer final : public Dialer {
 public:
  DirectDialer();
  ~DirectDialer() override;

  // kUnsupported when the endpoint wants a connector; kUnavailable or kTimeout when it is not
  // reached, kUnauthenticated when its certificate is not accepted.
  net::Awaitable<Result<std::unique_ptr<Upstream>>> dial(const Endpoint& endpoint,
                                                         MonoTime deadline) override;
  net::Awaitable<Result<std::unique_ptr<Upstream>>> dial(const Endpoint& endpoint,
                                                         MonoTime deadline,
                                                         Greeting& greeting) override;

  // Loads what dial() will need, so that an unreadable CA file is an error of the start, not of the
  // first request.
  Result<void> prepare(const Endpoint& endpoint);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport
