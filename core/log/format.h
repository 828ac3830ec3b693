// One log line from its parts. Pure: the time is given.
#pragma once

#include <span>
#include <string>

#include "core/clock.h"
#include "core/log/log.h"

namespace sallyport::log {

struct Line {
  WallTime time;
  Level level;
  std::string_view message;
  std::span<const Field> fields;
};

// Without the newline. Whatever a field holds, the line stays one line and tells a terminal
// nothing: control characters are escaped, bytes that are not UTF-8 are replaced.
std::string format_line(Format format, const Line& line);

}  // namespace sallyport::log
