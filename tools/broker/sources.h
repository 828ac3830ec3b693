// What a reload swaps while sessions go on: the configuration with its targets, and the policy.
// Thread-safe; who took a value keeps it as long as needed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/config/config.h"
#include "core/net/tls.h"
#include "core/policy.h"
#include "core/protocol.h"

namespace sallyport::broker {

// One value, shared by those who read it and replaced as a whole.
template <class T>
class Swapped {
 public:
  explicit Swapped(std::shared_ptr<const T> value = nullptr) : value_(std::move(value)) {}
  std::shared_ptr<const T> get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<const T> value) {
    {
      std::lock_guard lock(mutex_);
      value_.swap(value);
    }
    // The old value goes away here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

class SwappedPolicy final : public PolicySource {
 public:
  explicit SwappedPolicy(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}
  std::shared_ptr<const Policy> current() const override { return policy_.get(); }
  void set(std::shared_ptr<const Policy> policy) { policy_.set(std::move(policy)); }

 private:
  Swapped<Policy> policy_;
};

class SwappedConfig final : public TargetSource {
 public:
  explicit SwappedConfig(std::shared_ptr<const config::Config> config);
  std::shared_ptr<const Target> find(std::string_view name) const override;
  std::vector<std::shared_ptr<const Target>> all() const override;
  std::shared_ptr<const config::Config> current() const;
  void set(std::shared_ptr<const config::Config> config);

 private:
  struct Indexed {
    std::shared_ptr<const config::Config> config;
    std::map<std::string, std::shared_ptr<const Target>, std::less<>> targets;
  };
  static std::shared_ptr<const Indexed> index(std::shared_ptr<const config::Config> config);
  Swapped<Indexed> indexed_;
};

}  // namespace sallyport::broker
