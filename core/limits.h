// Limits of the core, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sallyport {

// A TLS handshake is a few round trips; a client that needs longer is not one.
inline constexpr std::chrono::seconds kHandshakeDeadline{10};
// Resolve, connect and TLS toward a target, together.
inline constexpr std::chrono::seconds kDialDeadline{10};
// Commands in one unit: ARCHITECTURE "a named bound".
inline constexpr std::size_t kUnitCommands = 1'000;
// How long a drain waits for what is in flight before connections are cut.
inline constexpr std::chrono::seconds kDrainDeadline{30};
// Accepting pauses this long after EMFILE and its like: long enough not to spin, short enough to
// recover.
inline constexpr std::chrono::milliseconds kAcceptPause{100};
// Values of one session's credential that are kept from coming back: rotated ones further back are
// over.
inline constexpr std::size_t kGuardsKept = 16;
// A thread whose event loop has not turned for this long is reported by the watchdog.
inline constexpr std::chrono::seconds kStuckThread{5};
// Lines waiting for stderr; beyond it lines are dropped and counted.
inline constexpr std::size_t kLogQueue = 8'192;

}  // namespace sallyport
