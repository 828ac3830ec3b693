#include "tools/replay/pace.h"

#include <algorithm>

#include "tools/cli/values.h"

namespace sallyport::replay {

std::chrono::milliseconds pause_between(const Pace& pace, const std::string& previous,
                                        const std::string& next) {
  auto from = cli::parse_time(previous);
  auto to = cli::parse_time(next);
  if (!from || !to || *to <= *from) return {};
  auto recorded = std::chrono::duration<double, std::milli>(*to - *from);
  auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(recorded.count() / pace.speed));
  return pace.max_idle ? std::min(wait, *pace.max_idle) : wait;
}

}  // namespace sallyport::replay
