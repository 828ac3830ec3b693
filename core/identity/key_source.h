// Where one issuer's keys come from: a file, the development key, or a provider that a thread of
// its own asks again and again. Whoever verifies only looks at the keys in memory. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/config/issuer.h"
#include "core/identity/key_set.h"
#include "core/identity/provider.h"
#include "core/identity/refresh_schedule.h"
#include "core/net/one_shot.h"
#include "core/result.h"

namespace sallyport::identity {

class KeySource {
 public:
  enum class News {
    kChanged,    // other keys than before
    kOutage,     // the first fetch that failed; the keys at hand stay in use
    kRecovered,  // the first that succeeded after it
    kLapsed      // the outage lasted longer than the keys are kept: they are no longer used
  };
  // `why` of an outage is for people. Called on the source's own thread, with no lock held.
  using OnNews = std::function<void(News news, const std::string& why)>;

  // Reads the file or the development key: their problems are errors. For keys that are fetched it
  // starts the thread.
  static Result<std::shared_ptr<KeySource>> make(const config::Issuer& issuer, OnNews on_news);
  ~KeySource();
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;

  // The keys to verify with. kUnavailable: none were fetched yet, or those that were have lapsed.
  Result<std::shared_ptr<const KeySet>> keys() const;
  // The last that were fetched, lapsed or not; null before.
  std::shared_ptr<const KeySet> last_known() const;
  // True during an outage: whether there are newer keys cannot be known.
  bool failing() const;
  // A token names a key we do not have: fetch, within the limits of the schedule. Holds what is set
  // when the fetch that may bring it has ended, well or not; nothing when none starts now.
  std::optional<net::OneShot<bool>> want_newer();
  // True once the first fetch has ended, well or not, or `at` has passed.
  bool wait_for_first_fetch(std::chrono::steady_clock::time_point at) const;
  // Ends the fetching, and waits for it. The keys stay.
  void shut_down();
  // True when a reload with this issuer can go on with this source and what it has fetched.
  bool serves(const config::Issuer& issuer) const;

 private:
  KeySource(const config::Issuer& issuer, OnNews on_news);
  Result<void> load_file();
  void run();
  void turn(std::unique_lock<std::mutex>& lock);
  void refresh(std::unique_lock<std::mutex>& lock);
  void take(Result<Published> published, std::unique_lock<std::mutex>& lock);
  void store(KeySet keys);
  void release(std::unique_lock<std::mutex>& lock);
  void tell(News news, std::string why, std::unique_lock<std::mutex>& lock);

  const config::Issuer issuer_;
  const OnNews on_news_;
  std::atomic<bool> stop_{false};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  RefreshSchedule schedule_;
  std::shared_ptr<const KeySet> keys_;  // shared with verifications in progress
  bool lapsed_ = false;
  bool fetching_ = false;
  bool wanted_ = false;  // a login waits for the next fetch
  bool fetched_once_ = false;
  std::string why_ = "they have not been fetched yet";
  std::vector<net::OneShot<bool>> waiting_;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
};

}  // namespace sallyport::identity
