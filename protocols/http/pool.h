// Idle upstream connections of one thread, by target: handed out again only while they are still
// open and silent, and closed after a while. Used on that thread only.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/clock.h"
#include "core/target.h"
#include "core/upstream.h"

namespace sallyport::http {

class UpstreamPool {
 public:
  // The connection used last, or null when none is of use. A target whose endpoint changed in a
  // reload gets none of the old one's.
  std::unique_ptr<Upstream> take(const Target& target);
  void put(const Target& target, std::unique_ptr<Upstream> upstream, MonoTime now);
  // Closes what has been idle for too long.
  void sweep(MonoTime now);
  void clear() { idle_.clear(); }
  std::size_t size() const;

 private:
  struct Idle {
    std::unique_ptr<Upstream> upstream;
    MonoTime since;
  };
  struct Bucket {
    Endpoint endpoint;
    std::deque<Idle> connections;  // the oldest first
  };
  std::unordered_map<std::string, Bucket> idle_;
};

}  // namespace sallyport::http
