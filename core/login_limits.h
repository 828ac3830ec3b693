// How many failed logins lead to a lock, and for how long (`limits` in the configuration). What
// counts is said in core/identity/login_guard.h.
#pragma once

#include <chrono>
#include <cstdint>

namespace sallyport {

struct LoginLimits {
  std::uint32_t failures = 20;               // of one identity at one address; 0: no such lock
  std::uint32_t failures_per_address = 200;  // of one address; 0: no such lock
  std::chrono::seconds window = std::chrono::minutes(15);
  std::chrono::seconds lock = std::chrono::minutes(15);
};

}  // namespace sallyport
