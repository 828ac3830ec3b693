// When one issuer's keys are fetched, and how long those at hand are used. Pure: the times come in
// as arguments. One thread, or under its owner's lock.
#pragma once

#include <chrono>
#include <optional>

#include "core/config/issuer.h"

namespace sallyport::identity {

class RefreshSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The first fetch is due at once.
  explicit RefreshSchedule(const config::Issuer& issuer)
      : refresh_(issuer.refresh_keys), keep_(issuer.keep_keys) {}

  // When the next fetch starts.
  Time due() const { return due_; }
  // From when on the keys at hand are no longer used; nothing while there are none.
  std::optional<Time> lapse() const { return lapse_; }
  bool failing() const { return failures_ > 0; }

  // A token names a key that is not at hand: fetch soon, at most once in kUnknownKeyInterval, since
  // anybody can invent key ids; while the provider fails the back-off stands. True when the fetch
  // is due now.
  bool want(Time now);

  void started(Time now);
  // Fetched again before the answer's freshness ends, within kLeastRefresh and `refresh_keys`.
  void succeeded(Time now, std::optional<std::chrono::seconds> fresh_for);
  // Tried again after a time that doubles with each failure, less up to half of it: `jitter` is
  // from 0 to 1.
  void failed(Time now, double jitter);

 private:
  std::chrono::seconds refresh_;
  std::chrono::seconds keep_;
  Time due_{};
  std::optional<Time> lapse_;
  std::optional<Time> last_wanted_;
  bool wanted_ = false;
  unsigned failures_ = 0;
};

}  // namespace sallyport::identity
