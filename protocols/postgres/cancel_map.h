// Which session a cancel request is about: the keys that agents were given, and those of their
// targets. An agent's key opens nothing else, and is forgotten with the session. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "core/session.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

class CancelMap {
 public:
  struct Running {
    std::shared_ptr<Session> session;  // shared with its connection
    CancelKey key;                     // at the target
  };

  // Forgets the key when it goes away.
  class Place {
   public:
    Place(CancelMap& map, CancelKey key) : map_(map), key_(std::move(key)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    const CancelKey& key() const { return key_; }

   private:
    CancelMap& map_;
    const CancelKey key_;
  };

  // `secret_bytes` is 4 before protocol 3.2.
  std::unique_ptr<Place> add(Running running, std::size_t secret_bytes);
  // Nothing: no such key.
  std::optional<Running> find(const CancelKey& shown) const;

 private:
  struct Entry {
    std::string secret;
    Running running;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, Entry> entries_;
};

}  // namespace sallyport::postgres
