// Limits of the log, each with its unit and its reason.
#pragma once

#include <chrono>
#include <climits>
#include <cstddef>

namespace sallyport::log {

// How long the log's thread waits for a stderr that takes nothing before it drops the line.
inline constexpr std::chrono::milliseconds kWriteWait{100};
// All that stop() may cost, and the part of it in which lines are still written; what is left then
// is dropped, which takes the rest.
inline constexpr std::chrono::milliseconds kStopWait{500};
inline constexpr std::chrono::milliseconds kDrainWait{400};
// A pipe that poll() calls writable takes this much without blocking (pipe(7)).
inline constexpr std::size_t kWriteAtOnce = PIPE_BUF;
// A longer line is dropped: no line of ours needs it, and it would hold up the others.
inline constexpr std::size_t kLine = 16'384;

}  // namespace sallyport::log
