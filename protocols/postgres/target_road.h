// Reaches a session's target and logs in there with the target's credential, which the record names
// before it is used. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/protocol.h"
#include "protocols/postgres/scram.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

struct LoggedIn {
  std::shared_ptr<Session> session;  // shared with the registry
  std::unique_ptr<Upstream> upstream;
  Parameters status;     // what the target reports of itself
  CancelKey key;         // at the target
  std::string database;  // at the target
};

class TargetRoad {
 public:
  explicit TargetRoad(const Services& services) : services_(services) {}

  // `parameters` name the database; `words` are what may be said later without a permit.
  // `sqlstate` becomes the server's own where it refuses.
  net::Awaitable<Result<LoggedIn>> travel(std::shared_ptr<Session> session, Parameters parameters,
                                          std::vector<std::string> words, std::string& sqlstate);

 private:
  const Services& services_;
  ScramKeyCache scram_keys_;
};

}  // namespace sallyport::postgres
