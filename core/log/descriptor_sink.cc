#include "core/log/descriptor_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/log/format.h"
#include "core/log/limits.h"

namespace sallyport::log {

using std::chrono::steady_clock;

void DescriptorSink::sink_it_(const spdlog::details::log_msg& message) {
  std::string_view text(message.payload.data(), message.payload.size());
  bool written = false;
  try {
    tell_what_was_lost();
    written = text.size() <= kLine && write_line(text);
  } catch (const std::bad_alloc&) {
    written = false;
  }
  if (!written) {
    ++untold_;
    ++dropped_;
  }
  ++handled_;
}

void DescriptorSink::tell_what_was_lost() {
  if (untold_ == 0) return;
  const std::array fields = {Field{"lines", std::to_string(untold_)}};
  const Line line{std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()),
                  Level::kWarn, "log lines were dropped", fields};
  if (write_line(format_line(format_, line))) untold_ = 0;
}

bool DescriptorSink::write_line(std::string_view line) {
  std::string whole;
  if (torn_) whole.push_back('\n');
  whole += line;
  whole.push_back('\n');
  return write_all(whole);
}

bool DescriptorSink::write_all(std::string_view bytes) {
  const std::string_view all = bytes;
  while (!bytes.empty()) {
    // The descriptor may be shared with others and must stay blocking, so that one poll allows one
    // write of what fits into any pipe that is not full.
    ssize_t n = -1;
    if (wait_until_writable())
      n = ::write(fd_, bytes.data(), std::min(bytes.size(), kWriteAtOnce));
    else
      errno = EAGAIN;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      torn_ = torn_ || bytes.size() != all.size();
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  torn_ = false;
  return true;
}

bool DescriptorSink::wait_until_writable() const {
  auto wait = kWriteWait;
  if (auto at = finish_by_.load(); at != 0) {
    auto left = steady_clock::time_point(steady_clock::duration(at)) - steady_clock::now();
    if (left <= steady_clock::duration::zero()) return false;
    wait = std::min(kWriteWait, std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  pollfd what{fd_, POLLOUT, 0};
  int ready = ::poll(&what, 1, static_cast<int>(wait.count()));
  return ready > 0 && (what.revents & POLLOUT) != 0;
}

}  // namespace sallyport::log
