// Sessions whose principals differ in nothing that the policy tests share one bound policy:
// thousands of agents of one role then cost one. Belongs to one compiled policy; may be used from
// every thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/policy.h"

namespace sallyport::policy {

class BindCache {
 public:
  using Make = std::function<std::shared_ptr<const SessionPolicy>()>;

  // The live session policy of this key, or a new one. Keeps none alive.
  std::shared_ptr<const SessionPolicy> find_or(const std::string& key, const Make& make);

 private:
  void make_room();
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const SessionPolicy>> live_;
};

}  // namespace sallyport::policy
