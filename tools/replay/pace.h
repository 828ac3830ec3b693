// The waiting between two commands of a replay. Pure: who sleeps is the command.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace sallyport::replay {

struct Pace {
  double speed = 1;
  std::optional<std::chrono::milliseconds> max_idle;
};

// From one command's time to the next one's (ISO 8601 as in the view); none before the first.
std::chrono::milliseconds pause_between(const Pace& pace, const std::string& previous,
                                        const std::string& next);

}  // namespace sallyport::replay
