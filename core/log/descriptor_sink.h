// Writes lines to a file descriptor that may be a pipe nobody reads or has been closed: waits for
// it for a bounded time only, then drops the line and counts it. Used by the log's own thread.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/log/log.h"

namespace sallyport::log {

class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  DescriptorSink(int fd, Format format) : fd_(fd), format_(format) {}

  std::uint64_t dropped() const { return dropped_; }
  // Lines that were written or dropped.
  std::uint64_t handled() const { return handled_; }
  // From `at` on lines are dropped at once. Any thread.
  void finish_by(std::chrono::steady_clock::time_point at) {
    finish_by_ = at.time_since_epoch().count();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  bool write_line(std::string_view line);
  bool write_all(std::string_view bytes);
  bool wait_until_writable() const;
  void tell_what_was_lost();

  const int fd_;
  const Format format_;
  bool torn_ = false;         // the last line was cut off in the middle
  std::uint64_t untold_ = 0;  // dropped since the last line that was written
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> handled_{0};
  std::atomic<std::chrono::steady_clock::rep> finish_by_{0};
};

}  // namespace sallyport::log
