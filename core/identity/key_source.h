// Where one issuer's keys come from: a file, the development key, or a URL that a thread of its own
// fetches again and again. Whoever verifies only looks at the keys in memory. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/config/config.h"
#include "core/identity/key_set.h"
#include "core/result.h"

namespace sallyport::identity {

class KeySource {
 public:
  using OnChange = std::function<void()>;

  // Reads the file or the development key: their problems are errors. A URL starts its thread,
  // which calls `on_change` after each change of the keys.
  static Result<std::shared_ptr<KeySource>> make(const config::Issuer& issuer, OnChange on_change);
  ~KeySource();
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;

  // Null while a URL has not answered yet. Keys that were fetched stay through an outage.
  std::shared_ptr<const KeySet> keys() const;
  // A token names a key we do not have: fetch soon, at most once in kUnknownKeyInterval.
  void want_newer();
  // True once the first fetch has ended, well or not, or `at` has passed.
  bool wait_for_first_fetch(std::chrono::steady_clock::time_point at) const;
  // Ends the fetching, and waits for it. The keys stay.
  void shut_down();
  // True when a reload with this issuer can go on with this source and what it has fetched.
  bool serves(const config::Issuer& issuer) const;

 private:
  KeySource(const config::Issuer& issuer, OnChange on_change);
  Result<void> load_file();
  void run();
  void refresh();
  void store(KeySet keys);
  std::chrono::steady_clock::time_point next_fetch() const;

  const config::Issuer issuer_;
  const OnChange on_change_;
  std::atomic<bool> stop_{false};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const KeySet> keys_;  // shared with verifications in progress
  bool fetched_once_ = false;
  bool wanted_ = false;
  std::chrono::steady_clock::time_point last_fetch_{};
  std::chrono::steady_clock::time_point last_wanted_fetch_{};
  std::thread thread_;
};

}  // namespace sallyport::identity
