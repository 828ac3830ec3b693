// Time as a dependency. Wall time dates records and judges tokens; monotonic time measures
// durations and deadlines, so that a clock set back or forward neither ends nor prolongs a session.
#pragma once

#include <chrono>
#include <string>

namespace sallyport {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

// "2026-11-23T15:04:05.678Z": UTC, ISO 8601, milliseconds.
std::string iso8601(WallTime time);

}  // namespace sallyport
